import type {Clock} from '../host/clock.ts'
import type {WalOptions} from './wal.ts'

// The longest that a record waits for the sync it could be in, while others are still written.
const delayMs = 5
const intervalMs = 1000
// At full speed a second is more than a segment, and at the end of one all that is not synced is waited for.
const unsyncedBytesMax = 8 << 20

export interface SyncWork {
  /** Begins a sync if there is anything for it. Never rejects. */
  start(): Promise<void> | undefined
  ended(): void
}

/** When what was written is synced, beside what is written meanwhile: one sync at a time. */
export class SyncLane {
  readonly #clock: Clock
  readonly #durability: WalOptions['durability']
  readonly #work: SyncWork
  #running: Promise<void> | undefined
  /** When the oldest write began that no sync covers yet. */
  #sinceMs: number | undefined
  #unsyncedBytes = 0
  #cancelInterval: (() => void) | undefined

  constructor(clock: Clock, durability: WalOptions['durability'], work: SyncWork) {
    this.#clock = clock
    this.#durability = durability
    this.#work = work
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  writing(bytes: number): void {
    this.#sinceMs ??= this.#clock.elapsed()
    this.#unsyncedBytes += bytes
  }

  /** `isLast`: nothing waits to be written, so that waiting would gain nothing. */
  wrote({isLast}: {readonly isLast: boolean}): void {
    const sinceMs = this.#sinceMs ?? this.#clock.elapsed()
    if (this.#durability === 'interval') this.#runLater()
    if (this.#durability === 'interval' && this.#unsyncedBytes >= unsyncedBytesMax) this.run()
    if (this.#durability === 'commit' && (isLast || this.#clock.elapsed() - sinceMs >= delayMs)) this.run()
  }

  run(): void {
    if (this.#running !== undefined) return
    this.#running = this.#work.start()?.finally(() => {
      this.#running = undefined
      this.#work.ended()
    })
  }

  /** A sync begins, of everything written so far. Says since when that has waited. */
  cover(): number {
    const sinceMs = this.#sinceMs ?? this.#clock.elapsed()
    this.#sinceMs = undefined
    this.#unsyncedBytes = 0
    return sinceMs
  }

  async settle(): Promise<void> {
    await this.#running
  }

  close(): void {
    this.#cancelInterval?.()
  }

  #runLater(): void {
    this.#cancelInterval ??= this.#clock.after(intervalMs, () => {
      this.#cancelInterval = undefined
      this.run()
    })
  }
}
