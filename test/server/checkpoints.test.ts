import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {Checkpoints} from '../../src/server/checkpoints.ts'

function waiting(reads: number): Checkpoints {
  const checkpoints = new Checkpoints()
  for (let read = 1; read <= reads; read += 1) checkpoints.add({number: read, seq: 10 * read})
  return checkpoints
}

describe('checkpoints', () => {
  it('say the last record whose sequence is passed, once', () => {
    const checkpoints = waiting(3)
    assert.equal(checkpoints.passed(9), undefined)
    assert.equal(checkpoints.passed(29), 2)
    assert.equal(checkpoints.passed(29), undefined)
    assert.equal(checkpoints.passed(30), 3)
  })

  it('know the newest record, however many wait', () => {
    for (let reads = 1; reads <= 1000; reads += 1) assert.equal(waiting(reads).passed(10 * reads), reads)
  })

  it('say no number too early, and none much too late', () => {
    for (const reads of [64, 65, 66, 200, 10_000])
      for (let seq = 0; seq < 10 * reads; seq += 7) {
        const number = waiting(reads).passed(seq) ?? 0
        const stored = Math.floor(seq / 10)
        assert(number <= stored && number >= stored - 1 - reads / 16, `${number} of ${reads} at ${seq}`)
        if (reads === 10_000) seq += 7000
      }
  })

  it('are exact again after all had been passed', () => {
    const checkpoints = waiting(10_000)
    checkpoints.passed(100_000)
    checkpoints.add({number: 10_001, seq: 100_010})
    checkpoints.add({number: 10_002, seq: 100_020})
    checkpoints.add({number: 10_003, seq: 100_030})
    assert.equal(checkpoints.passed(100_020), 10_002)
  })
})
