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
    steps: {
      nothing: 'same',
      look: 'look',
      change: 'change',
      unknown: 'later',
      skip: 'skip',
      done: 'done',
      failed: 'failed',
      skipped: 'skipped',
      undone: 'undone',
      stuck: 'stuck',
      'not-reached': 'not reached'
    },
    outcomes: {
      ok: 'ok',
      warning: 'warning',
      critical: 'critical',
      unknown: 'unknown',
      done: 'done',
      nothing: 'nothing to do',
      planned: 'this would be done, nothing was',
      partial: 'done in part',
      failed: 'failed',
      refused: 'refused'
    },
    runStatus: {
      running: 'running',
      crashed: 'broken off',
      done: 'done',
      nothing: 'nothing to do',
      partial: 'done in part',
      failed: 'failed',
      stuck: 'failed, not put back',
      refused: 'refused',
      interrupted: 'interrupted',
      undone: 'put back',
      deadline: 'out of time',
      closed: 'closed by hand'
    },
    stepStatus: {
      begun: 'begun',
      done: 'done',
      nothing: 'same',
      failed: 'failed',
      skipped: 'skipped',
      undone: 'undone',
      undo_failed: 'stuck'
    },
    lives: {alive: 'alive', late: 'alive, past its time', gone: 'gone', unknowable: 'elsewhere'},
    agree: (steps) => `These steps interrupt the service or cannot be put back: ${steps}. Go on? [y/N] `,
    notReversible: 'cannot be put back',
    needsRoot: 'needs root',
    timeout: (limit) => `at most ${limit}`,
    stepSummary: (counts, took) => {
      const parts = Object.entries(counts).map(([mark, count]) => `${count} ${mark}`)
      return `${parts.length === 0 ? 'no steps' : parts.join(', ')} in ${took}`
    },
    runKept: (run) => `run ${run}: logcaster runs show ${run}`,
    moreHelp: (command) => `More about a command: ${command} COMMAND --help`,
    summary: (counts, took) => {
      const parts = Object.entries(counts).map(([status, count]) => `${count} ${status}`)
      return `${parts.length === 0 ? 'nothing was checked' : parts.join(', ')} in ${took}`
    }
  }
}
