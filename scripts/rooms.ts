/**
 * The import table of the house as data: the only place where it is written for programs. A key is a folder of `src/`
 * (`cli` with the file `cli.ts` beside it), or a single file whose row differs from that of its folder. A new room is an
 * architecture decision: write down why it is needed.
 */
export interface Room {
  /** Rooms it may import by their faces; `room/file.ts` allows that one file alone. */
  readonly imports: readonly string[]
  /** What other rooms may import of it: a face holds the thing itself, so there is no index file. */
  readonly faces: readonly string[] | 'every file'
  /** Modules of Node that touch the machine and are allowed here, beside the pure ones. */
  readonly machine?: readonly string[] | 'every module'
  /** Not even the pure modules of Node: argv in, one call out, and the work in a room. */
  readonly bare?: boolean
  /** Its files know nothing of each other: a command never imports another command. */
  readonly apart?: boolean
}

/** The row for a path in `src/`. */
export function roomOf(file: string): string {
  const folder = file.split('/')[0] ?? file
  return rooms[file] === undefined ? folder.replace(/\.ts$/, '') : file
}

const everyRoom = [
  'runbook',
  'ledger',
  'checks',
  'alerts',
  'notify',
  'server',
  'store',
  'vault',
  'config',
  'text',
  'host',
  'base'
]

export const rooms: Readonly<Record<string, Room>> = {
  'cli/entry.ts': {imports: ['cli/main.ts', 'text/language.ts'], faces: [], machine: ['module', 'fs']},
  'cli/main.ts': {imports: ['commands', 'cli', ...everyRoom], faces: 'every file', bare: true},
  commands: {imports: ['cli', ...everyRoom], faces: 'every file', bare: true, apart: true},
  cli: {imports: everyRoom, faces: 'every file', bare: true},
  runbook: {
    imports: ['checks', 'ledger', 'notify', 'vault', 'server/client.ts', 'config', 'host', 'base'],
    faces: ['runbook.ts', 'shelf.ts', 'locking.ts', 'plan.ts', 'run.ts', 'report.ts']
  },
  alerts: {imports: ['checks', 'ledger', 'notify', 'config', 'host', 'base'], faces: ['alerts.ts']},
  checks: {
    imports: ['ledger', 'vault', 'server/client.ts', 'config', 'host', 'base'],
    faces: ['checks.ts', 'daily.ts']
  },
  vault: {imports: ['store', 'config', 'host', 'base'], faces: ['vault.ts']},
  notify: {imports: ['config', 'text', 'host', 'base'], faces: ['notify.ts']},
  server: {
    imports: ['store', 'config', 'host', 'base'],
    faces: ['server.ts', 'client.ts'],
    machine: ['net', 'http', 'tls']
  },
  store: {
    imports: ['host', 'base'],
    faces: ['store.ts', 'query.ts', 'scanner.ts', 'wal-tools.ts', 'wal-export.ts', 'wal-import.ts']
  },
  text: {imports: ['base'], faces: 'every file'},
  ledger: {imports: ['host', 'base'], faces: ['locks.ts', 'journal.ts']},
  config: {imports: ['base'], faces: 'every file'},
  host: {imports: ['base'], faces: 'every file', machine: 'every module'},
  base: {imports: [], faces: 'every file'}
}

/** They compute and touch nothing. A list of what is allowed, so that a new module of Node is refused until somebody decides. */
export const pureModules: readonly string[] = [
  'assert',
  'buffer',
  'crypto',
  'events',
  'path',
  'stream',
  'string_decoder',
  'url',
  'util',
  'zlib'
]

/** Packages that only these rooms may import; a package that is not listed is free. An empty list: nobody in `src/`. */
export const packages: Readonly<Record<string, readonly string[]>> = {
  '@oclif/core': ['cli/main.ts', 'cli', 'commands'],
  execa: ['host'],
  zx: []
}
