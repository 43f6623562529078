import type {Catalogue} from './say.ts'

const withDetail = (text: string, detail: string): string => (detail === '' ? `${text}.` : `${text}: ${detail}`)

/** Why a step of a runbook was refused, or failed. */
export const stepFaultsEn = {
  'program-missing': ({program}) => ({
    text: `The program ${program} is not there.`,
    hint: 'Install it, or correct the runbook: a bare name is only looked for in the usual folders for programs.'
  }),
  'program-not-executable': ({path}, write) => ({
    text: `${path} may not be executed.`,
    hint: `Look at it with: ls -l ${write.word(path)}`
  }),
  'program-unsafe': ({path}, write) => ({
    text: `${path} can be changed by others than root, so root does not run it.`,
    hint: `Look at it and at the folders above it with: ls -ld ${write.word(path)}`
  }),
  'step-program-failed': ({program, how, detail}) => ({
    text: withDetail(`${program} failed (${how})`, detail),
    hint: 'All that it printed is kept with the run. Mend the cause, or name its exit code under expect if that is no failure.'
  }),
  'step-program-late': ({program, afterMs, detail}, write) => ({
    text: withDetail(`${program} was ended, since it had not finished after ${write.duration(afterMs)}`, detail),
    hint: 'Find out what it waits for. If it only needs longer, give the step a longer timeout.'
  }),
  'step-program-stopped': ({program, detail}) => ({
    text: withDetail(`${program} was ended, since the run was stopped`, detail),
    hint: 'What it had done by then, only its own output can say.'
  }),
  'step-program-not-started': ({program, reason}) => ({
    text: `${program} could not be started: ${reason}.`,
    hint: 'Are its working folder (cwd) and its interpreter (the #! line) there, and is it a program for this machine?'
  }),
  'step-created-nothing': ({program, path}) => ({
    text: `${program} ended well, but ${path} is not there.`,
    hint: 'Correct the path under creates, or find out why the program did not make it.'
  }),
  'step-not-reversible': () => ({
    text: 'This step cannot be undone.',
    hint: 'Look at what it did, and put that right by hand.'
  }),
  'step-late': ({target, afterMs}, write) => ({
    text: `The time of the step was up after ${write.duration(afterMs)}: ${target}.`,
    hint: 'Give the step a longer timeout, or the run, if that is what was up.'
  }),
  'step-stopped': ({target}) => ({
    text: `The step was broken off, since the run was stopped: ${target}.`,
    hint: 'Resume the run to finish it, or undo it.'
  }),
  'step-check-failed': ({check, status, finding}) => ({
    text: `The check ${check} did not pass: ${status} (${finding}).`,
    hint: 'logcaster daily-check --only with its id says more.'
  }),
  'step-check-never-passed': ({check, status, finding, afterMs}, write) => ({
    text: `The check ${check} had not passed after ${write.duration(afterMs)}: ${status} (${finding}).`,
    hint: 'logcaster daily-check --only with its id says more. If it only needs longer, give the step a longer timeout.'
  }),
  'unit-no-manager': ({unit}) => ({
    text: `Nothing here keeps services running, so ${unit} cannot be worked on.`,
    hint: 'Run this on the machine of the service, or say under service.manager what keeps it running.'
  }),
  'unit-absent': ({unit}) => ({
    text: `There is no service ${unit} here.`,
    hint: 'systemctl list-unit-files shows which there are.'
  }),
  'unit-masked': ({unit}, write) => ({
    text: `${unit} is masked: somebody has forbidden to start it.`,
    hint: `Find out why. To allow it again: systemctl unmask ${write.word(unit)}`
  }),
  'unit-unanswered': ({unit, reason}, write) => ({
    text: `How ${unit} is, cannot be found out: ${reason}.`,
    hint: `Try: systemctl status ${write.word(unit)}`
  }),
  'unit-changing': ({unit, active, sub}, write) => ({
    text: `${unit} is just ${active} (${sub}), so it is left alone.`,
    hint: `Try again when it has settled. If it starts and dies again and again: journalctl -u ${write.word(unit)} -n 50; end that with: systemctl stop ${write.word(unit)}`
  }),
  'unit-frozen': ({unit}, write) => ({
    text: `${unit} is stopped in its tracks (SIGSTOP, or frozen), which a start does not change.`,
    hint: `Find out who stopped it. To go on: systemctl kill -s CONT ${write.word(unit)}; or restart it.`
  }),
  'unit-order-refused': ({unit, verb, reason}, write) => ({
    text: `The order to ${verb} ${unit} failed: ${reason}.`,
    hint: `See why: journalctl -u ${write.word(unit)} -n 50`
  }),
  'unit-late': ({unit, verb, afterMs}, write) => ({
    text: `The order to ${verb} ${unit} was not carried out within ${write.duration(afterMs)}, and may still be.`,
    hint: `See what it is at: systemctl status ${write.word(unit)}`
  }),
  'unit-not-up': ({unit, active, sub, result}, write) => ({
    text: `${unit} did not stay up: ${active} (${sub}), ${result}.`,
    hint: `See why: journalctl -u ${write.word(unit)} -n 50`
  }),
  'unit-not-down': ({unit, active, sub}, write) => ({
    text: `${unit} was told to stop, and is ${active} (${sub}).`,
    hint: `Did something start it again? systemctl status ${write.word(unit)}`
  })
} satisfies Partial<Catalogue['faults']>
