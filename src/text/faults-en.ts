import type {Catalogue} from './say.ts'
import {counted} from './counted-en.ts'
import {fileFaultsEn} from './faults-files-en.ts'
import {runFaultsEn} from './faults-runs-en.ts'
import {runbookFaultsEn} from './faults-runbooks-en.ts'
import {expectsEn} from './expects-en.ts'
import {serverFaultsEn} from './faults-server-en.ts'
import {walFaultsEn} from './faults-wal-en.ts'
import {sendFaultsEn} from './send-en.ts'
import {stepFaultsEn} from './faults-steps-en.ts'

const suggest = (word: string | null): string => (word === null ? '' : `Did you mean ${word}? `)

export const faultsEn: Catalogue['faults'] = {
  'usage-unknown-command': ({command, nearest}) => ({
    text: `There is no command "${command}".`,
    hint: `${suggest(nearest)}See logcaster --help.`
  }),
  'usage-unknown-flag': ({flag, nearest, command}) => ({
    text: `${command} has no flag ${flag}.`,
    hint: `${suggest(nearest)}See logcaster ${command} --help.`
  }),
  'usage-unexpected-argument': ({argument, command}) => ({
    text: `${command} does not take the argument "${argument}".`,
    hint: `See logcaster ${command} --help.`
  }),
  'usage-missing-argument': ({argument, command}) => ({
    text: `${command} needs the argument ${argument}.`,
    hint: `See logcaster ${command} --help.`
  }),
  'usage-missing-value': ({flag, command}) => ({
    text: `${flag} needs a value.`,
    hint: `See logcaster ${command} --help.`
  }),
  'usage-bad-value': ({flag, value, expected}) => ({
    text: `${flag} cannot be "${value}": it takes ${expectsEn(expected)}.`,
    hint: 'Values and their meaning are in the --help of the command.'
  }),
  'usage-other': ({detail, command}) => ({
    text: `${command} cannot be called like this: ${detail}`,
    hint: `See logcaster ${command} --help.`
  }),
  'check-unknown-id': ({id, nearest}) => ({
    text: `There is no check "${id}".`,
    hint: `${suggest(nearest)}logcaster daily-check --list shows all; a pattern such as disk.* selects several.`
  }),
  'profile-unknown': ({profile, known}) => ({
    text: `There is no profile "${profile}".`,
    hint: known === '' ? 'Name one under checks.profiles in the configuration.' : `Known ones: ${known}.`
  }),
  'config-absent': ({path}) => ({
    text: `The configuration ${path} is not there.`,
    hint: 'Check the path, or write a first one with logcaster config init.'
  }),
  'config-unreadable': ({path, reason}, write) => ({
    text: `The configuration ${path} cannot be read: ${reason}.`,
    hint: `Look at it with: ls -l ${write.word(path)}`
  }),
  'config-too-big': ({path, bytesMax}, write) => ({
    text: `The configuration ${path} is larger than ${write.size(bytesMax)}.`,
    hint: 'Is it really a configuration file?'
  }),
  'config-unsafe': ({path, reason, owner, mode}, write) => ({
    text:
      reason === 'owner'
        ? `${path} belongs to user ${owner}, who could put other orders into it.`
        : `${path} can be written by others (mode ${mode}), who could put other orders into it.`,
    hint:
      reason === 'owner'
        ? 'Look at it, keep what is right in a copy of your own, then: sudo install -D -m 0644 COPY /etc/logcaster/logcaster.yaml'
        : `sudo chmod go-w ${write.word(path)}`
  }),
  'config-syntax': ({file, line, column, detail}) => ({
    text: `${file}:${line}:${column}: this is not valid YAML: ${detail}`,
    hint: 'Check the indentation (blanks, not tabs) and the quotes around this place.'
  }),
  'config-duplicate-key': ({file, line, column, key}) => ({
    text: `${file}:${line}:${column}: ${key} stands here a second time.`,
    hint: 'Keep one of the two: which of them counts would be a guess.'
  }),
  'config-alias-bomb': ({file}) => ({
    text: `${file}: its aliases or its nesting grow out of bounds.`,
    hint: 'Write the values out instead of repeating them by alias.'
  }),
  'config-unknown-key': ({file, line, column, key, nearest}) => ({
    text: `${file}:${line}:${column}: there is no setting ${key}.`,
    hint: `${suggest(nearest)}logcaster config show lists all settings.`
  }),
  'config-bad-value': ({file, line, column, key, value, expected}) => ({
    text: `${file}:${line}:${column}: ${key} cannot be ${value}.`,
    hint: `It takes ${expectsEn(expected)}.`
  }),
  'config-bad-override': ({source, key, value, expected}) => ({
    text: `${source}: ${key} cannot be ${value}.`,
    hint: `It takes ${expectsEn(expected)}.`
  }),
  'config-unknown-override': ({source, key, nearest}) => ({
    text: `${source}: there is no setting ${key}.`,
    hint: `${suggest(nearest)}logcaster config show lists all settings.`
  }),
  'config-secret-inline': ({file, line, column, key}) => ({
    text: `${file}:${line}:${column}: ${key} is a secret and may not stand in this file.`,
    hint: `Put it into a file of its own (mode 0600) and name that with ${key}_file.`
  }),
  'config-unquoted-range': ({file, line, column, value}) => ({
    text: `${file}:${line}:${column}: ${value} is read as a key here, since it ends in a colon.`,
    hint: `Put it in quotes: '${value}'`
  }),
  'config-unknown-check': ({file, line, column, key, id, nearest}) => ({
    text: `${file}:${line}:${column}: ${key} names the check "${id}", which does not exist.`,
    hint: `${suggest(nearest)}logcaster daily-check --list shows all.`
  }),
  'config-more-problems': ({file, more}) => ({
    text: `${file}: and ${counted(more, 'more problem')}.`,
    hint: 'Mend those above first; many may be their consequences.'
  }),
  'config-exists': ({path}) => ({
    text: `${path} is already there and is left as it is.`,
    hint: 'Print a fresh example with logcaster config init --print, or choose another path.'
  }),
  'file-unreadable': ({path, reason}, write) => ({
    text: `${path} cannot be read: ${reason}.`,
    hint: `Look at it with: ls -l ${write.word(path)}`
  }),
  'file-unwritable': ({path, reason}) => ({
    text: `${path} cannot be written: ${reason}.`,
    hint: 'Look at free space and permissions: df -h and ls -ld on its folder.'
  }),
  'state-unwritable': ({path, reason}) => ({
    text: `What this run saw could not be remembered in ${path}: ${reason}.`,
    hint: 'Checks that compare with the last run need it. Give paths.state a folder with free space that this user may write.'
  }),
  'state-damaged': ({path, movedTo}) => ({
    text: `${path} was damaged and has been set aside as ${movedTo}.`,
    hint: 'Nothing to do: comparisons with the last run start afresh.'
  }),
  'state-unsafe': ({path, reason, owner, mode}) => ({
    text:
      reason === 'owner'
        ? `What runs remember is left alone: ${path} belongs to user ${owner}, who could change it.`
        : `What runs remember is left alone: ${path} can be written by others (mode ${mode}).`,
    hint: 'Give paths.state a folder where only root can write, as must be the case for all folders above it.'
  }),
  'state-newer': ({path, format, known}) => ({
    text: `${path} was written by a newer logcaster (format ${format}, this one knows ${known}).`,
    hint: 'Update this logcaster, or give it another paths.state.'
  }),
  'ping-failed': ({reason}) => ({
    text: `The web address for finished runs did not take the news: ${reason}.`,
    hint: 'The verdict stands. Check the address and the way out to it.'
  }),
  'lock-conflict': ({resource, run, command, user, pid, host, sinceMs, isPastLease}, write) => ({
    text:
      command === ''
        ? `${resource} is locked since ${write.time(sinceMs)} by a file of user ${user} that cannot be understood.`
        : `${resource} is locked by ${command}, run ${run} of ${user} (process ${pid} on ${host}), since ${write.time(sinceMs)}${isPastLease ? ', longer than it meant to take' : ''}.`,
    hint: 'Let it finish, or wait for it with --wait 30s. logcaster locks lists every lock and says how to break one.'
  }),
  'lock-unwritable': ({path, reason}, write) => ({
    text: `No lock can be taken in ${path}: ${reason}. Without it nothing is changed.`,
    hint: `Look at free space and permissions: ls -ld ${write.word(path)}`
  }),
  'journal-unwritable': ({path, reason}, write) => ({
    text: `The journal ${path} cannot be written: ${reason}. What cannot be recorded is not begun.`,
    hint: `Look at free space and permissions: ls -ld ${write.word(path)}`
  }),
  'journal-unsafe': ({path, reason, owner, mode}, write) => ({
    text:
      reason === 'owner'
        ? `The journal is not kept where others can change it: ${path} belongs to user ${owner}.`
        : `The journal is not kept where others can change it: ${path} can be written by others (mode ${mode}).`,
    hint: `Give paths.state a folder that belongs to you and that you alone can write, or mend this one: ls -ld ${write.word(path)}`
  }),
  'journal-newer': ({path, format, known}) => ({
    text: `${path} was written by a newer logcaster (format ${format}, this one knows ${known}).`,
    hint: 'Update this logcaster, or give it another paths.state.'
  }),
  ...stepFaultsEn,
  ...fileFaultsEn,
  'output-failed': ({reason}) => ({
    text: `The result could not be written to standard output: ${reason}.`,
    hint: 'Is the disk full that the output is sent to?'
  }),
  'process-protected': ({pid}) => ({
    text: `Process ${pid} is never signalled.`,
    hint: 'Numbers below 2 mean "no process" or the machine itself.'
  }),
  ...runFaultsEn,
  ...runbookFaultsEn,
  ...serverFaultsEn,
  ...walFaultsEn,
  ...sendFaultsEn,
  interrupted: ({signal}) => ({
    text: `Interrupted (${signal}).`,
    hint: 'What was begun has been cleaned up, or is told here.'
  }),
  terminated: ({signal}) => ({
    text: `Terminated (${signal}).`,
    hint: 'What was begun has been cleaned up, or is told here.'
  }),
  bug: ({detail}) => ({
    text: `This is a fault of logcaster itself: ${detail}`,
    hint: 'Please report it, with the output of the same command under --verbose.'
  })
}
