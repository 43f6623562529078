import {counted} from './counted-en.ts'
import type {Catalogue} from './say.ts'

/** Held for long enough, and yet not to be removed. */
const stays = (staying: number): string =>
  staying === 0 ? '' : `; ${counted(staying, 'file')} past the deadline must stay: in use, or written to since`

const journalStates = {
  torn: 'an end that a crash left half written',
  'head-missing': 'the mark of its end is missing',
  cut: 'something was cut out or off',
  altered: 'a line was changed or moved',
  newer: 'written by a newer version'
} as const

/** What the plan of a run says of its steps. */
export const stepFindingsEn = {
  'runs-none': () => ({text: 'nothing has been run yet'}),
  'runs-whole': ({runs}) => ({text: `none of the last ${runs} runs was broken off`}),
  'runs-crashed': ({count}) => ({
    text: `${count === 1 ? 'a run was' : `${count} runs were`} left half done`,
    hint: 'logcaster runs resume RUN finishes one, logcaster runs undo RUN puts it back, and logcaster runs close RUN says that it was set right by hand.'
  }),
  'run-left': ({run, command, user, sinceMs, status}, write) => ({
    text: `run ${run}: ${command} by ${user}, begun ${write.time(sinceMs)}, ${status === 'stuck' ? 'could not be put back' : 'was broken off'}`
  }),
  'journal-whole': ({lines, runs}) => ({text: `all ${lines} lines fit together (${runs} runs)`}),
  'journal-wrong': ({state, problems, lines}) => ({
    text: `${journalStates[state]} (${problems} ${problems === 1 ? 'place' : 'places'} in ${lines} lines)`,
    hint: 'Keep a copy of the state folder before anything else is run; logcaster runs verify --json names every place.'
  }),
  'journal-problem': ({kind, segment, line, seq}) => ({
    text: [
      journalStates[kind],
      ...(segment === null ? [] : [`segment ${segment}`]),
      ...(line === null ? [] : [`line ${line}`]),
      ...(seq === null ? [] : [`seq ${seq}`])
    ].join(', ')
  }),
  'step-put-back': ({target}) => ({text: `what it did is put back: ${target}`}),
  'step-stays': ({target}) => ({text: `stays as it is, since it has no undo: ${target}`}),
  'step-skipped-when': () => ({text: 'not needed: its condition does not hold'}),
  'step-goal-reached': () => ({text: 'not needed: the goal is reached'}),
  'step-needs-unmet': ({needed}) => ({text: `not tried: it needs ${needed}`}),
  'step-unknown': ({reason}) => ({
    text:
      reason === 'value'
        ? 'unknown until applied: it takes a value that an earlier step gives'
        : 'unknown until applied: it is not possible as things are, and a program before it may change that'
  }),
  'step-program-runs': ({program}) => ({text: `runs ${program}`}),
  'step-program-looks': ({program}) => ({text: `runs ${program}, which changes nothing`}),
  'step-created-already': ({path}) => ({text: `${path} is there already`}),
  'step-checks': ({check, times}) => ({
    text: times === 1 ? `goes on if ${check} passes` : `goes on if ${check} passes ${counted(times, 'time')} in a row`
  }),
  'step-waits': ({forMs}, write) => ({text: `waits for ${write.duration(forMs)}`}),
  'step-waits-until': ({check}) => ({text: `waits until ${check} passes`}),
  'step-service-starts': ({unit}) => ({text: `starts ${unit}`}),
  'step-service-stops': ({unit}) => ({text: `stops ${unit}`}),
  'step-service-restarts': ({unit}) => ({text: `restarts ${unit}`}),
  'step-service-up': ({unit}) => ({text: `${unit} is up already`}),
  'step-service-down': ({unit}) => ({text: `${unit} is down already`}),
  'step-service-fresh': ({unit, sinceMs}, write) => ({
    text: `${unit} has just been started, at ${write.time(sinceMs)}, so it is not restarted again`
  }),
  'step-file-new': ({path, bytes}, write) => ({text: `writes ${path} (${write.size(bytes)}), where nothing is yet`}),
  'step-file-replace': ({path, bytes, untilMs}, write) => ({
    text: `writes ${path} (${write.size(bytes)}); what it replaces is kept until ${write.time(untilMs)}`
  }),
  'step-file-same': ({path}) => ({text: `${path} is as it should be already`}),
  'step-file-move': ({from, to}) => ({text: `moves ${from} to ${to}`}),
  'step-file-moved': ({from, to}) => ({text: `${from} is gone, and ${to} is there already`}),
  'step-file-remove': ({path, bytes, reason, untilMs, isUseUnknown}, write) => ({
    text:
      `takes ${path} away (${write.size(bytes)}): ${reason}; kept until ${write.time(untilMs)}` +
      (isUseUnknown ? '; not every process could be asked whether it has the file open' : '')
  }),
  'step-file-absent': ({path}) => ({text: `${path} is not there any more`}),
  'step-purge': ({folder, files, bytes, staying}, write) => ({
    text: `removes for good ${counted(files, 'file')} (${write.size(bytes)}) that were held in ${folder}${stays(staying)}`
  }),
  'step-purge-nothing': ({folder, staying}) => ({text: `nothing that is held in ${folder} is due${stays(staying)}`})
} satisfies Partial<Catalogue['findings']>
