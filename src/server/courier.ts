import type {Fault} from '../base/fault.ts'
import type {Place} from './line-count.ts'

/** What whoever owns the socket needs of the one who knows what to say. */
export interface Courier {
  /** A connection that breaks can be taken up again by another. */
  readonly isResumable: boolean
  readonly state: 'idle' | 'greeting' | 'open' | 'over'
  /** Why it cannot go on. */
  readonly fault: Fault | undefined
  /** The server asked for a pause of so many milliseconds, from when it is heard; 0 lifts it. */
  pauseMs: number
  /** The server has all before this place, and a line begins there. */
  readonly acknowledged: Place
  /** Up to this record; `acknowledged` may lie before it, where its line was read. */
  readonly acknowledgedNumber: number
  readonly number: number
  /** Where in the input the next bytes are to be read. */
  readonly readAt: number
  readonly mayTake: boolean
  readonly isComplete: boolean
  /** Of sessions, for the cursor: the places are proven, and where a line without an end may have become a record. */
  readonly isSettled: boolean
  readonly cut: Place | undefined
  /** The first words on a new connection. */
  greet(): Buffer
  /** What the server said; words may come in pieces. */
  hear(bytes: Buffer): void
  /** Takes bytes of the input at `readAt`, as many as may go out now. Returns what of them is to be sent. */
  offer(bytes: Buffer): Buffer
  /** The input ends here. Where that is in the middle of a line, `cut` is to be kept safe before `endLine`. */
  meetEnd(): void
  /** What makes a record of a line that has no end. */
  endLine(): Buffer
  /** Nothing follows. The connection is to be closed for writing: the server then answers for all that it has. */
  finish(): void
  /** The connection is gone; without a reason, in good order. */
  hangUp(reason: string | undefined): void
}
