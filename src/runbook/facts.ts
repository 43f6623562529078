import type {FileStat} from '../host/disk.ts'
import type {ServiceState} from '../host/services.ts'

/**
 * What is so, as far as a plan asks for it. Reading is done before planning and again right before each step acts;
 * planning itself only looks things up in here, and writes down what its steps will change, so that a later step is
 * planned against the world as the earlier ones leave it.
 */
export type Subject = FileSubject | HeldSubject | UnitSubject | ProgramSubject

export interface FileSubject {
  readonly type: 'file'
  readonly path: string
  /** Also its hash and text: for small files only. */
  readonly content?: boolean
  /** Also whether some process has it open. */
  readonly use?: boolean
}

/** What is kept in the holding area of a folder: see `holding.ts`. */
export interface HeldSubject {
  readonly type: 'held'
  readonly folder: string
  /** Also each file that is kept there, and whether some process has it open. */
  readonly isListed?: boolean
}

export interface UnitSubject {
  readonly type: 'unit'
  readonly unit: string
}

/** A program as a runbook names it: absolute, `./` beside the runbook, or a bare name on the fixed path. */
export interface ProgramSubject {
  readonly type: 'program'
  readonly word: string
  readonly folder: string
  /** Read by an interpreter: nobody needs to be allowed to execute it. */
  readonly isScript?: boolean
}

export type Fact = FileFact | HeldFact | UnitFact | ProgramFact

/** The folder that holds a file: what decides whether its names may be changed. */
export interface FolderFact {
  readonly state: 'directory' | 'absent' | 'other' | 'unreadable'
  /** Without links; null where it is not there, or cannot be looked at. */
  readonly realPath: string | null
  readonly device: number | null
  readonly inode: number | null
  readonly isWritable: boolean
}

export type FileFact = {readonly type: 'file'; readonly folder: FolderFact} & (
  | {readonly state: 'absent' | 'directory' | 'link' | 'other'}
  | {readonly state: 'unreadable'; readonly reason: string}
  | ({readonly state: 'file'} & FileDetails)
)

/** Null: not asked for, or unknown until an earlier step has been applied. */
export interface FileDetails {
  readonly size: number
  readonly mode: number
  readonly uid: number | null
  readonly gid: number | null
  readonly device: number | null
  readonly inode: number | null
  /** How many names it has. */
  readonly links: number | null
  readonly modifiedMs: number | null
  readonly sha256: string | null
  /** Null also for what is too big, or no text. */
  readonly text: string | null
  readonly isOpen: boolean | null
}

export interface HeldFact {
  readonly type: 'held'
  /** `foreign`: what has the name is no folder of ours, or others may look into it. */
  readonly state: 'absent' | 'ours' | 'foreign' | 'unreadable'
  /** Empty unless asked for. */
  readonly runs: readonly HeldRun[]
}

/** What one run has put there, to be kept until then. */
export interface HeldRun {
  readonly path: string
  readonly untilMs: number
  readonly entries: readonly HeldEntry[]
}

export interface HeldEntry {
  readonly path: string
  /** `note`: an empty file that says when, or that, something was put here; `other`: nothing of ours. */
  readonly kind: 'held' | 'note' | 'other'
  readonly size: number
  readonly uid: number
  readonly inode: number
  readonly modifiedMs: number
  /** Null where that was not noted. */
  readonly putMs: number | null
  readonly isOpen: boolean | null
}

export interface UnitFact {
  readonly type: 'unit'
  readonly state: ServiceState
}

export interface ProgramFact {
  readonly type: 'program'
  readonly state: 'found' | 'missing' | 'not-executable' | 'unsafe'
  /** Where it was found; the word itself where it was not. */
  readonly path: string
}

/** The details a file has by its `stat` alone. */
export function detailsOf(stat: FileStat): FileDetails {
  const {size, mode, uid, gid, device, inode, links, modifiedMs} = stat
  return {size, mode, uid, gid, device, inode, links, modifiedMs, sha256: null, text: null, isOpen: null}
}

export function keyOf(subject: Subject): string {
  switch (subject.type) {
    case 'file':
      return `file:${subject.path}`
    case 'held':
      return `held:${subject.folder}`
    case 'unit':
      return `unit:${subject.unit}`
    case 'program':
      return `program:${subject.folder}:${subject.word}`
  }
}

/** Facts by subject. A plan works on a copy, into which each step writes its effects. */
export class Facts {
  readonly #known: Map<string, Fact>

  constructor(known: ReadonlyMap<string, Fact> = new Map()) {
    this.#known = new Map(known)
  }

  file(path: string): FileFact {
    return this.#get({type: 'file', path}, 'file')
  }

  held(folder: string): HeldFact {
    return this.#get({type: 'held', folder}, 'held')
  }

  unit(unit: string): ServiceState {
    return this.#get<UnitFact>({type: 'unit', unit}, 'unit').state
  }

  program(word: string, folder: string): ProgramFact {
    return this.#get({type: 'program', word, folder}, 'program')
  }

  /** A copy, in which this is so as well. */
  with(effects: readonly Effect[]): Facts {
    const copy = new Facts(this.#known)
    copy.note(effects)
    return copy
  }

  note(effects: readonly Effect[]): void {
    for (const {subject, fact} of effects) this.#known.set(keyOf(subject), fact)
  }

  #get<Wanted extends Fact>(subject: Subject, type: Wanted['type']): Wanted {
    const fact = this.#known.get(keyOf(subject))
    // A kind that plans by what it did not ask for would plan by nothing at all.
    if (fact?.type !== type) throw new Error(`bug: ${keyOf(subject)} was not looked at`)
    return fact as Wanted
  }
}

export interface Effect {
  readonly subject: Subject
  readonly fact: Fact
}
