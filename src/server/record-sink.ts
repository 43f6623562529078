import type {Store} from '../store/store.ts'
import type {AcknowledgedSession} from './acknowledged.ts'
import type {IngestCounters} from './counters.ts'
import type {Framing, LineSink} from './framing.ts'

/** Hands what one connection sends to the store, counts it, and keeps the numbers of its session. */
export class RecordSink implements LineSink {
  readonly #store: Store
  readonly #counters: IngestCounters
  source = 0
  framing: Framing | undefined
  session: AcknowledgedSession | undefined
  /** Once the store has acknowledged everything below it, all of the session is stored. */
  awaitedSeq = 0

  constructor(store: Store, counters: IngestCounters) {
    this.#store = store
    this.#counters = counters
  }

  lines(from: number, to: number): number {
    const before = this.#store.endSeq
    const bytes = this.#store.takeLines(from, to, this.source)
    this.#count(bytes, this.#store.endSeq - before)
    return bytes
  }

  record(from: number, to: number, flags: number): void {
    this.#store.takeRecord(from, to, {source: this.source, flags})
    this.#count(to - from, 1)
  }

  #count(bytes: number, records: number): void {
    const protocol = this.framing?.protocol ?? 'raw'
    this.#counters.bytes[protocol] += bytes
    this.#counters.records[protocol] += records
    if (this.session === undefined || records === 0) return
    this.session.took(records, this.#store.endSeq)
    this.#store.note(this.session.id, this.session.number)
    this.awaitedSeq = this.#store.endSeq
  }
}
