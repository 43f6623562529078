import {createHash} from 'node:crypto'
import {lstatSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {checkout, documentIn, place, type Document, type Given, type Owner, type Place} from './run.ts'

/** A place with something to run on: logs, data, runbooks of one's own, and a configuration that names them. */
export interface Estate extends Place {
  readonly logs: string
  readonly data: string
  /** The configuration of `LOGCASTER_CONFIG`: every run goes by it that names no other. */
  readonly config: string
  /** Writes a runbook of one's own, and says where it is. */
  runbook(name: string, lines: readonly string[]): string
  /** Writes a log that nobody has written to for so many days. */
  log(name: string, text: string, days: number): string
  /** Runs with `--json`, and holds the exit code of the process against the one in the document. */
  json(argv: readonly string[], given?: Given): Promise<Document>
}

export function estate(t: Owner): Estate {
  const at = place(t)
  const [logs, data, own] = ['logs', 'data', 'runbooks'].map((name) => join(at.folder, name)) as [
    string,
    string,
    string
  ]
  for (const folder of [logs, data, own]) mkdirSync(folder)
  const paths = [`  logs: ${logs}`, `  data: ${data}`, `  state: ${at.state}`]
  at.file('empty.yaml', ['paths:', ...paths, 'runbooks:', `  folders: [${own}]`, ''].join('\n'))
  return {
    ...at,
    logs,
    data,
    runbook: (name, lines) => at.file(`runbooks/${name}.yaml`, `${[`about: ${name}`, ...lines].join('\n')}\n`),
    log: (name, text, days) => writeOld(join(logs, name), text, days),
    json: async (argv, given) => {
      const ran = await at.run([...argv, '--json'], given)
      const document = documentIn(ran)
      if (ran.code !== document.exit_code) throw new Error(`${String(ran.code)} is not ${document.exit_code}`)
      return document
    }
  }
}

const dayMs = 86_400_000

function writeOld(path: string, text: string, days: number): string {
  writeFileSync(path, text, {mode: 0o640})
  const seconds = (Date.now() - days * dayMs) / 1000
  utimesSync(path, seconds, seconds)
  return path
}

/** Runs until SIGKILL ends it at a line of the journal, `before:3` or `after:3`; says which run that was. */
export async function dieAt(line: string, at: Estate, argv: readonly string[]): Promise<string> {
  const env = {NODE_OPTIONS: `--import=${checkout}/test/fixtures/dies-at-line.ts`, DIES: line}
  const {signal, stdout, stderr} = await at.run(argv, {env})
  if (signal !== 'SIGKILL') throw new Error(`${line} was never reached: ${stdout}${stderr}`)
  const starts = journalOf(at.state).filter(({type}) => type === 'run_start')
  return String(starts.at(-1)?.['run'])
}

/** What logcaster keeps for itself beside the files that it works on. */
const ours = ['.logcaster-held', '.logcaster-locks']

/** Every name below a folder with all that is to be restored of it: of a file its bytes, mode, owner and times. */
export function treeOf(folder: string, {isComplete}: {readonly isComplete: boolean}): readonly string[] {
  return readdirSync(folder)
    .toSorted()
    .filter((name) => isComplete || !ours.includes(name))
    .flatMap((name) => {
      const path = join(folder, name)
      const {mode, uid, gid, mtimeMs, ctimeMs, ino} = lstatSync(path)
      const who = `${path} ${mode.toString(8)} ${uid}:${gid}`
      // Where nothing at all may have been touched, the inode tells.
      const inode = isComplete ? ` ${ino} ${ctimeMs}` : ''
      if (lstatSync(path).isDirectory()) {
        const time = isComplete ? ` ${mtimeMs}` : ''
        return [`${who}${time}${inode}`, ...treeOf(path, {isComplete})]
      }
      const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
      return [`${who} ${mtimeMs} ${sha256}${inode}`]
    })
}

/** Every line of the journal, as it stands. */
export function journalLines(state: string): readonly string[] {
  const folder = join(state, 'journal')
  const segments = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
  return segments.toSorted().flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
}

export interface JournalLine {
  readonly type: string
  readonly [field: string]: unknown
}

export function journalOf(state: string): readonly JournalLine[] {
  return journalLines(state).map((line) => JSON.parse(line) as JournalLine)
}
