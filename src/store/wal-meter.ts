import {Histogram} from '../base/histogram.ts'
import type {WalStats} from './wal.ts'

/** What the log counts of its own doing. */
export class WalMeter {
  readonly #seconds = new Histogram(secondsBounds)
  readonly #records = new Histogram(recordsBounds)
  readonly #errors = {write: 0, sync: 0}

  commit(ms: number, records: number): void {
    this.#seconds.observe(ms / 1000)
    this.#records.observe(records)
  }

  /** Counts the work if it fails. */
  async watch(kind: 'write' | 'sync', work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (cause) {
      this.#errors[kind] += 1
      throw cause
    }
  }

  read(): Pick<WalStats, 'commitSeconds' | 'commitRecords' | 'writeErrors' | 'syncErrors'> {
    const {write, sync} = this.#errors
    const [commitSeconds, commitRecords] = [this.#seconds.read(), this.#records.read()]
    return {commitSeconds, commitRecords, writeErrors: write, syncErrors: sync}
  }
}

// From a write into memory to a disk that stands still; from a single record to a write of the largest size.
const secondsBounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const recordsBounds = [1, 10, 100, 1000, 10_000, 100_000]
