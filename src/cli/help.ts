import type {Operator, World} from '../cli.ts'
import type {Config as OclifConfig} from '@oclif/core/config'
import {catalogueOf} from '../text/catalogue.ts'
import {commandHelp, overview, type CommandPage, type Example} from '../text/help.ts'
import type {Language} from '../text/language.ts'

/** What all command classes have in common, as values. */
export interface CommandClass {
  new (argv: string[], config: OclifConfig, world: World): Operator
  id: string
  readonly summary?: string | undefined
  readonly description?: string | undefined
  readonly examples?: unknown
  readonly args: object
  readonly flags?: object
  readonly baseFlags?: object
}

type Loaders = Readonly<Record<string, () => Promise<{default: CommandClass}>>>

/** The help of a command, of a topic such as `config`, or of everything; undefined for what is neither. */
export async function helpText(topic: string, commands: Loaders, language: Language): Promise<string | undefined> {
  const load = Object.hasOwn(commands, topic) ? commands[topic] : undefined
  if (load !== undefined) return commandHelp(pageOf(topic, (await load()).default, language), language)
  const below = Object.keys(commands).filter((id) => topic === '' || id.startsWith(`${topic} `))
  if (below.length === 0) return undefined
  const pages = await Promise.all(below.map(async (id) => pageOf(id, (await commands[id]?.())?.default, language)))
  return overview(catalogueOf(language).words.about, pages, language)
}

/** Every page at once, by topic, for the build. */
export async function helpPages(commands: Loaders, language: Language): Promise<Record<string, string>> {
  const topics = Object.keys(commands).flatMap((id) =>
    id.split(' ').map((_, at, words) => words.slice(0, at + 1).join(' '))
  )
  const pages = new Map<string, string>()
  for (const topic of ['', ...topics]) pages.set(topic, (await helpText(topic, commands, language)) ?? '')
  return Object.fromEntries(pages)
}

/** Flags and arguments as oclif keeps them, as far as help needs them. */
interface Described {
  readonly summary?: string
  readonly description?: string
  readonly helpValue?: string
  readonly required?: boolean
  readonly type?: string
  readonly char?: string
}

function pageOf(id: string, Class: CommandClass | undefined, language: Language): CommandPage {
  const own = catalogueOf(language).commands[id]
  const described = (all: object | undefined): [string, Described][] => Object.entries<Described>({...all})
  const flags = [...described(Class?.flags), ...described(Class?.baseFlags)]
  return {
    id,
    summary: own?.summary ?? Class?.summary ?? '',
    description: own?.description ?? Class?.description ?? '',
    examples: examplesOf(Class, own?.examples),
    args: described(Class?.args).map(([name, arg]) => {
      const about = own?.args?.[name] ?? arg.description ?? ''
      return {name: name.toUpperCase(), about, required: arg.required === true}
    }),
    flags: flags.map(([name, flag]) => ({
      name,
      value: flag.type === 'boolean' ? null : (flag.helpValue ?? 'VALUE'),
      ...(flag.char === undefined ? {} : {letter: flag.char}),
      about: own?.flags[name] ?? catalogueOf(language).commands['*']?.flags[name] ?? flag.summary ?? ''
    }))
  }
}

function examplesOf(Class: CommandClass | undefined, translated: readonly string[] | undefined): readonly Example[] {
  const examples = (Class?.examples ?? []) as readonly {description: string; command: string}[]
  return examples.map(({description, command}, at) => ({about: translated?.[at] ?? description, command}))
}
