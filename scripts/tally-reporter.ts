import type {TestEvent} from './tally.ts'
import {tallyLine} from './tally.ts'

/** Writes one line a test, for `readTally`. */
export default async function* tally(events: AsyncIterable<{type: string; data: unknown}>): AsyncGenerator<string> {
  for await (const {type, data} of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    yield tallyLine(type, data as TestEvent) ?? ''
  }
}
