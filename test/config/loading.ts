import {Faults, type Fault} from '../../src/base/fault.ts'
import {load, type Loaded, type Sources} from '../../src/config/load.ts'

export const knownChecks = ['disk.space', 'disk.inodes', 'log.errors', 'service.state']

export function sources(given: Partial<Sources> & {readonly text?: string} = {}): Sources {
  const {text, ...rest} = given
  const file = text === undefined ? undefined : {path: 'a.yaml', text}
  return {file, env: {}, overrides: [], knownChecks, ...rest}
}

export function loadText(text: string): Promise<Loaded> {
  return load(sources({text}))
}

/** The faults that loading throws, each as `line:column code values`; anything else thrown is a bug and goes on. */
export async function problemsOf(loading: Promise<unknown>): Promise<readonly string[]> {
  return (await faultsOf(loading)).map(describe)
}

export async function faultsOf(loading: Promise<unknown>): Promise<readonly Fault[]> {
  try {
    await loading
    return []
  } catch (error) {
    if (error instanceof Faults) return error.all
    throw error
  }
}

function describe(fault: Fault): string {
  const {line, column, file, ...rest} = fault.values as Readonly<Record<string, string | number | undefined>>
  const place = line === undefined ? file : [file, line, column].join(':')
  const words = [place, fault.code, ...Object.values(rest).map(String)]
  return words.filter((word) => word !== '' && word !== undefined).join(' ')
}
