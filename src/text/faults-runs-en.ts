import {counted} from './counted-en.ts'
import type {Catalogue} from './say.ts'
import {expectsEn} from './expects-en.ts'

const suggest = (word: string | null): string => (word === null ? '' : `Did you mean ${word}? `)

/** Faults of runs and of their steps. */
export const runFaultsEn = {
  'lock-unknown': ({run}) => ({text: `No lock is held by run ${run}.`, hint: 'logcaster locks lists all.'}),
  'lock-alive': ({run, pid, command}) => ({
    text: `Run ${run} still lives: process ${pid}, ${command}.`,
    hint: `End it first (kill ${pid}), and its locks go with it; --yes takes them away all the same.`
  }),
  'run-half-undone': ({run}, write) => ({
    text: `Run ${run} was broken off while it was being put back.`,
    hint: `Finish that first: logcaster runs undo ${write.word(run)}`
  }),
  'step-not-open': ({step, run}, write) => ({
    text: `Nothing needs to be said of step ${step}: it is known how far it came, or both was said of it.`,
    hint: `See each step: logcaster runs show ${write.word(run)}`
  }),
  'run-out-of-time': ({steps}) => ({
    text: `These steps stand as they are, since the time of the whole run was up: ${steps}.`,
    hint: 'Finish them with logcaster runs resume RUN, or put them back with logcaster runs undo RUN.'
  }),
  'files-left-out': ({path, inUse, odd}) => ({
    text: `In ${path}, ${counted(inUse, 'old file')} in use and ${counted(odd, 'odd name')} were left out.`,
    hint: 'lsof tells who has a file open; its space is free once that is over. Names with control characters are for a person to look at.'
  }),
  'run-needs-root': ({steps}) => ({
    text: `These steps need root: ${steps}.`,
    hint: 'Run it with sudo; --dry-run works without.'
  }),
  'run-not-confirmed': ({steps, wasAsked}) => ({
    text: wasAsked
      ? `Not confirmed, so nothing was done: ${steps}.`
      : `These steps interrupt the service or cannot be put back, and nobody is there to confirm them: ${steps}.`,
    hint: 'Look at the plan with --dry-run; --yes confirms it.'
  }),
  'run-too-long': ({runbook, stepsMax}) => ({
    text: `${runbook} has more than ${stepsMax} steps.`,
    hint: 'Narrow down what it works on, and run it again for the rest.'
  }),
  'run-goal-missed': ({check}, write) => ({
    text: `All steps were tried, and ${check} still does not pass.`,
    hint: `See why: logcaster daily-check --only ${write.word(check)}`
  }),
  'run-deadline': ({afterMs}, write) => ({
    text: `The run did not end within ${write.duration(afterMs)}.`,
    hint: 'See which step took so long: logcaster runs show RUN. Its timeout stands in the runbook.'
  }),
  'run-stuck': ({steps}) => ({
    text: `These steps could not be put back: ${steps}.`,
    hint: 'A person is needed now: logcaster runs show RUN tells what each of them did.'
  }),
  'run-not-reversible': ({steps}) => ({
    text: `These steps have no undo, and stay as they are: ${steps}.`,
    hint: 'All others were put back. What these did is in logcaster runs show RUN.'
  }),
  'run-plan-lost': ({path, reason}) => ({
    text: `The plan of this run cannot be used: ${path} (${reason}).`,
    hint: 'Without it the run can be neither resumed nor undone; logcaster runs show RUN tells what it did.'
  }),
  'run-crashed': ({run, command, user, sinceMs}, write) => ({
    text: `An earlier run was broken off: ${command} by ${user}, begun ${write.time(sinceMs)} (run ${run}).`,
    hint: `Finish it with logcaster runs resume ${write.word(run)}, or put it back with logcaster runs undo ${write.word(run)}.`
  }),
  'run-unknown': ({id, nearest}) => ({
    text: `There is no run ${id}.`,
    hint: `${suggest(nearest)}logcaster runs list shows all.`
  }),
  'run-not-open': ({run, how, status}, write) => ({
    text:
      how === 'resume'
        ? `There is nothing to resume in run ${run}: it is ${status}.`
        : how === 'undo'
          ? `There is nothing to undo in run ${run}: it is ${status}.`
          : `There is nothing to close in run ${run}: it is ${status}.`,
    hint: `See what it did: logcaster runs show ${write.word(run)}`
  }),
  'step-uncertain': ({step, run}, write) => ({
    text: `Step ${step} was begun when the run was broken off, and nothing shows whether it was done.`,
    hint: `Look at it yourself, then: logcaster runs resume ${write.word(run)} --done ${write.word(step)}, or --again ${write.word(step)}`
  }),
  'step-unknown-id': ({step, nearest}) => ({
    text: `The run has no step ${step}.`,
    hint: `${suggest(nearest)}logcaster runs show RUN lists its steps.`
  }),
  'runbook-bad-fact': ({runbook, fact, use}) => ({
    text: `In ${runbook}, the fact ${fact} gives ${use} values that it does not take.`,
    hint: 'docs/steps.md lists what each of them takes.'
  }),
  'step-bad-value': ({step, key, value, expected}) => ({
    text: `Step ${step}: ${key} cannot be ${value}: it takes ${expectsEn(expected)}.`,
    hint: 'The value comes from an input, a fact or the configuration: mend it there.'
  }),
  'step-value-option': ({step, value}) => ({
    text: `Step ${step}: the value ${value} would be taken for an option of the program.`,
    hint: "Put '--' before it in the runbook, or give another value."
  }),
  'step-value-missing': ({step, value}) => ({
    text: `Step ${step} waits for ${value}, which no step before it gave.`,
    hint: 'See what the steps gave: logcaster runs show RUN.'
  }),
  'step-each-not-list': ({step}) => ({
    text: `Step ${step}: each is no list, or not known before the run.`,
    hint: 'each takes an input, a fact or a setting that is a list.'
  }),
  'step-call-late': ({step}) => ({
    text: `Step ${step} calls a runbook by values that are not known before the run.`,
    hint: 'Which steps there are must be known beforehand: use inputs, facts or settings.'
  }),
  'step-call-cycle': ({step, chain}) => ({
    text: `Step ${step} calls a runbook that leads back to itself, or too deep: ${chain}.`,
    hint: 'Take one of the calls out.'
  }),
  'step-call-ladder': ({step, runbook}) => ({
    text: `Step ${step} calls ${runbook}, which is over as soon as its check passes: that it can only be by itself.`,
    hint: `Run ${runbook} by itself, or call one without until.`
  }),
  'step-world-moved': ({step, target, planned, found}) => ({
    text: `Step ${step} was not begun: ${target} has changed since the plan was made (planned on ${planned}, found ${found}).`,
    hint: 'Find out who else works on it, then run it again for a new plan.'
  }),
  'step-not-verified': ({step, target}) => ({
    text: `Step ${step} ended well, and yet ${target} is not as it should be.`,
    hint: 'Something else may work on it at the same time.'
  }),
  'step-hangs': ({step, afterMs}, write) => ({
    text: `Step ${step} did not come back within ${write.duration(afterMs)}, and cannot be broken off.`,
    hint: 'A disk or a mount may be dead: logcaster daily-check --only disk.* shows it.'
  }),
  'step-broke': ({step, reason}) => ({
    text: `Step ${step} could not go on: ${reason}.`,
    hint: 'The same command with --verbose shows the cause.'
  }),
  'output-lost': ({path, reason}) => ({
    text: `What a step printed could not be kept in ${path} (${reason}).`,
    hint: 'The run went on; the journal has the end of it.'
  })
} satisfies Partial<Catalogue['faults']>
