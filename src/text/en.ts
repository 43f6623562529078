import type {Catalogue} from './say.ts'
import {faultsEn} from './faults-en.ts'
import {findingsEn} from './findings-en.ts'

export const en: Catalogue = {
  faults: faultsEn,
  findings: findingsEn,
  // The commands themselves are written in English.
  commands: {},
  words: {
    about: 'Runs the operation of a log service: checks it, and says what is wrong and what to do.',
    status: {ok: 'OK', warning: 'WARNING', critical: 'CRITICAL', unknown: 'UNKNOWN', skipped: 'skipped'},
    warning: 'warning',
    error: 'error',
    usage: 'Usage',
    commands: 'Commands',
    arguments: 'Arguments',
    flags: 'Flags',
    examples: 'Examples',
    configGood: (path) => `${path ?? 'no file, all defaults'}: ok`,
    moreHelp: (command) => `More about a command: ${command} COMMAND --help`,
    summary: (counts, took) => {
      const parts = Object.entries(counts).map(([status, count]) => `${count} ${status}`)
      return `${parts.length === 0 ? 'nothing was checked' : parts.join(', ')} in ${took}`
    }
  }
}
