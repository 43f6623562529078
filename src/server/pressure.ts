import type {Protocol} from './framing.ts'

/**
 * How full the queue is: bytes that were taken and wait for the disk, and the unfinished lines of all connections. It
 * says when senders are to slow down, when nobody may be read any more, and when all is well again:
 *
 *     open ── 90 % ──▶ slow ── 100 % ──▶ full
 *       ▲               │                 │
 *       └──── 50 % ─────┴─────────────────┘
 *
 * A ring that overwrites its oldest records is always full and says nothing about this.
 */
export class Pressure {
  readonly queueBytesMax: number
  #unfinishedBytes = 0
  #state: PressureState = 'open'

  constructor(queueBytesMax: number) {
    this.queueBytesMax = queueBytesMax
  }

  get state(): PressureState {
    return this.#state
  }

  get unfinishedBytes(): number {
    return this.#unfinishedBytes
  }

  /** What a connection keeps of its unfinished line has grown, or shrunk. */
  keep(changeBytes: number): void {
    this.#unfinishedBytes += changeBytes
  }

  /**
   * Whether unfinished lines take more than their quarter. More of them could hold the queue above the half at which
   * reading goes on, and nothing but reading ever finishes a line.
   */
  get isCrowded(): boolean {
    return this.#unfinishedBytes > this.queueBytesMax / 4
  }

  /** Looks anew, now that so many bytes wait for the disk. Returns whether the state has changed. */
  look(pendingBytes: number): boolean {
    const before = this.#state
    this.#state = this.#next(pendingBytes + this.#unfinishedBytes)
    return this.#state !== before
  }

  #next(queueBytes: number): PressureState {
    if (queueBytes >= this.queueBytesMax) return 'full'
    if (queueBytes <= this.queueBytesMax / 2) return 'open'
    if (this.#state === 'open' && queueBytes >= this.queueBytesMax * 0.9) return 'slow'
    return this.#state
  }
}

export type PressureState = 'open' | 'slow' | 'full'

/** No connection is told more often, however fast the queue fills and empties. */
export const tellEveryMs = 1000

/** What its sender understands. The others never read what a log server says to them. */
export function slowDownWord(protocol: Protocol): string | undefined {
  if (protocol === 'raw') return 'SLOW_DOWN\n'
  return protocol === 'logcaster' ? `SLOW_DOWN ${tellEveryMs}\n` : undefined
}

export const resumeWord = 'RESUME\n'
