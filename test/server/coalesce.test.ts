import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Coalescer} from '../../src/server/coalesce.ts'

/** A loop whose turns the test ends, and a time that it sets. */
class Turns {
  nowMs = 0
  holds: number[] = []
  told = 0
  readonly coalescer: Coalescer
  #atEnd: (() => void) | undefined

  constructor() {
    this.coalescer = new Coalescer({
      loop: {
        afterTurn: (call) => {
          assert.equal(this.#atEnd, undefined)
          this.#atEnd = call
        },
        hold: (durationMs) => {
          this.holds.push(durationMs)
          this.nowMs += durationMs
        }
      },
      clock: {elapsed: () => this.nowMs},
      onHold: () => {
        this.told += 1
      }
    })
  }

  /** One turn: so many reads, each of the same size, and the time until its end. */
  turn({
    reads,
    bytes = 100,
    records = 1,
    tookMs
  }: {
    reads: number
    bytes?: number
    records?: number
    tookMs: number
  }): void {
    for (let count = 0; count < reads; count += 1) this.coalescer.read(bytes, records)
    this.nowMs += tookMs
    const end = this.#atEnd
    this.#atEnd = undefined
    end?.()
  }
}

test('coalesce: many small reads in a short time are gathered, for three milliseconds at most', () => {
  const turns = new Turns()
  turns.turn({reads: 200, tookMs: 1})
  assert.deepEqual(turns.holds, [3])
  assert.equal(turns.told, 1)
})

test('coalesce: a quiet server, large reads, or few of them are not held up', () => {
  const turns = new Turns()
  turns.turn({reads: 10, tookMs: 1})
  turns.turn({reads: 40, tookMs: 1})
  turns.turn({reads: 200, bytes: 65_536, records: 500, tookMs: 1})
  turns.turn({reads: 15, records: 10, tookMs: 1})
  assert.deepEqual(turns.holds, [])
})

test('coalesce: short turns are looked at together', () => {
  const turns = new Turns()
  for (let count = 0; count < 9; count += 1) turns.turn({reads: 10, tookMs: 0.1})
  assert.deepEqual(turns.holds, [])
  turns.turn({reads: 10, tookMs: 0.2})
  assert.deepEqual(turns.holds, [3])
})

test('coalesce: nobody who wants to come in waits for it', () => {
  const turns = new Turns()
  turns.coalescer.accepted()
  turns.turn({reads: 200, tookMs: 1})
  assert.deepEqual(turns.holds, [])
  turns.turn({reads: 200, tookMs: 1})
  assert.deepEqual(turns.holds, [3])
})

test('coalesce: it goes on while each read brings several records, and rests when senders wait for answers', () => {
  const turns = new Turns()
  turns.turn({reads: 200, tookMs: 1})
  for (let count = 0; count < 5; count += 1) turns.turn({reads: 100, records: 8, bytes: 900, tookMs: 0.3})
  assert.equal(turns.holds.length, 6)
  turns.turn({reads: 300, records: 1, tookMs: 0.3})
  for (let count = 0; count < 99; count += 1) turns.turn({reads: 300, tookMs: 1})
  assert.equal(turns.holds.length, 6)
  turns.turn({reads: 300, tookMs: 1})
  assert.equal(turns.holds.length, 7)
})
