import type {FaultValues} from '../base/faults.ts'
import type {Catalogue, Sentence} from './say.ts'

type Reason = FaultValues<'target-refused'>['reason']
type Refusal = (path: string, word: string) => Required<Sentence>

const refusals = {
  ours: (path) => ({
    text: `${path} is in a folder that logcaster keeps for itself.`,
    hint: 'What is in a holding area comes back with logcaster runs undo, and goes with the step file.purge.'
  }),
  'folder-absent': (path) => ({
    text: `The folder of ${path} is not there.`,
    hint: 'Create it first, with the owner and the mode that it should have.'
  }),
  'folder-other': (path, word) => ({
    text: `What should be the folder of ${path} is none.`,
    hint: `Look at it with: namei -l ${word}`
  }),
  'folder-unreadable': (path, word) => ({
    text: `The folder of ${path} cannot be looked at.`,
    hint: `Run as a user who may, or: namei -l ${word}`
  }),
  link: (path, word) => ({
    text: `${path} is a link, and a link is never written through, moved or removed.`,
    hint: `Name the file itself: readlink -f ${word}`
  }),
  directory: (path) => ({
    text: `${path} is a folder, and a step works on one file.`,
    hint: 'Name the files in it, one by one or with files.find.'
  }),
  other: (path, word) => ({
    text: `${path} is a socket, a device or a pipe, which steps leave alone.`,
    hint: `Find out whose it is: fuser -v ${word}`
  }),
  'read-only': (path) => ({
    text: `The folder of ${path} can be changed by nobody, not even root.`,
    hint: 'Is its file system mounted read-only, or the folder immutable? See findmnt and lsattr -d.'
  }),
  absent: (path) => ({
    text: `${path} is not there, and neither is what it should become.`,
    hint: 'Correct the path in the runbook.'
  }),
  taken: (path) => ({
    text: `${path} is already there, and is not overwritten.`,
    hint: 'Choose another name, or take away what has this one.'
  }),
  'same-name': (path) => ({
    text: `Both paths are the same name in the same folder: ${path}.`,
    hint: 'One of them leads there by a link or a mount. Correct the runbook.'
  }),
  'other-file-system': (path) => ({
    text: `${path} would be on another file system, where a file cannot be moved as one change.`,
    hint: 'Choose a name on the same file system, or copy and check it with a program.'
  }),
  'too-big': (path) => ({
    text: `What ${path} should hold is more than a step may write.`,
    hint: 'Let a program write it, with run and creates.'
  }),
  open: (path, word) => ({
    text: `Some process has ${path} open and would go on writing to it unseen.`,
    hint: `See which: fuser -v ${word}; let it close or reopen its files first.`
  }),
  'just-written': (path) => ({
    text: `${path} was written to within the last minute before this run.`,
    hint: 'Wait until nobody writes to it any more, and run again.'
  })
} satisfies {readonly [Word in Reason]: Refusal}

/** Why a step leaves a file alone. */
export const fileFaultsEn = {
  'target-refused': ({path, reason}, write) => {
    // The journal may tell of a reason that is not known here any more, or not yet.
    const known: Readonly<Record<string, Refusal>> = refusals
    return (known[reason] ?? refusals.other)(path, write.word(path))
  },
  'target-unreadable': ({path, reason}, write) => ({
    text: `${path} cannot be looked at: ${reason}.`,
    hint: `Run as a user who may, or: ls -ld ${write.word(path)}`
  }),
  'target-outside': ({path, within}) => ({
    text: `${path} is not in ${within}, and nothing outside of it is removed.`,
    hint: 'Without links, the path leads elsewhere. If that is meant, name the folder under within.'
  }),
  'target-changed': ({path}, write) => ({
    text: `${path} was changed by somebody else, and is left as it is.`,
    hint: `Look at it before anything else: ls -l ${write.word(path)}`
  }),
  'target-taken': ({path}) => ({
    text: `${path} is there again, and is not overwritten.`,
    hint: 'Somebody made it in the meantime. Save what is needed of it, take it away, and try again.'
  }),
  'held-foreign': ({path}, write) => ({
    text: `${path} is not ours alone, so nothing is kept in it.`,
    hint: `It has to be a folder of the user who runs this, mode 0700: ls -ld ${write.word(path)}`
  }),
  'held-missing': ({path, held}) => ({
    text: `What was at ${path} cannot be brought back: ${held} is gone.`,
    hint: 'It was purged, or taken away by hand. Restore it from a backup.'
  }),
  'held-taken': ({path, held}) => ({
    text: `What is at ${path} cannot be kept: ${held} is another file.`,
    hint: 'This step was done before, and its file changed since. Undo the run, or start a new one.'
  }),
  'find-too-many': ({folder, namesMax}) => ({
    text: `There are more than ${namesMax} names to look at, up to ${folder}.`,
    hint: 'Name a smaller folder, or fewer levels with depth.'
  })
} satisfies Partial<Catalogue['faults']>
