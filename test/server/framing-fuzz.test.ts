import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {detect, framingOf, type Spoken} from '../../src/server/detect.ts'
import type {Framing, FramingOptions} from '../../src/server/framing.ts'
import {LineFraming} from '../../src/server/line-framing.ts'
import {NulFraming} from '../../src/server/nul-framing.ts'
import {OctetFraming} from '../../src/server/octet-framing.ts'
import {seeded, seedFromEnvironment, times, type Seeded} from '../sim/random.ts'
import {feed, recordsOf, type Feeding, type Framed} from './framed.ts'

const random = seeded(seedFromEnvironment())

// Small, so that most streams go over it.
const lineBytesMax = 12

const framings: Readonly<Record<string, (options: FramingOptions) => Framing>> = {
  raw: (options) => framingOf('raw', options),
  syslog: (options) => framingOf('syslog', options),
  'syslog-octet': (options) => framingOf('syslog-octet', options),
  json: (options) => framingOf('json', options),
  'syslog-nul': (options) => new NulFraming('syslog-nul', options),
  session: (options) => new LineFraming('logcaster', options),
  'session, octet': (options) => new OctetFraming('logcaster', options)
}

/** What senders and attackers put together; garbage is between. */
const pieces = [
  ...[
    '\n',
    '\n',
    '\r\n',
    '\r',
    '\0',
    '\0',
    '\n\0',
    ' ',
    '<',
    '>',
    '{',
    '}',
    '<13>',
    '<191>',
    '<13>a',
    '{"a":1}',
    'a',
    'word'
  ],
  ...['é', '한', '🌍'].map((text) => Buffer.from(text).toString('latin1')),
  ...['5 <13>a', '6 <13>a\n', '14 <13>', '1 \n', '12', '3 abc', '0', '9999999 ', '11111111'],
  ...['x'.repeat(lineBytesMax), 'x'.repeat(lineBytesMax + 1), 'x'.repeat(3 * lineBytesMax)]
]

function randomStream(): string {
  const parts = Array.from({length: random.below(12)}, () =>
    random.below(8) === 0 ? Buffer.from(random.bytes(random.below(6))).toString('latin1') : random.pick(pieces)
  )
  return random.pick(['', '', '<13>', '{', '5 <13>a']) + parts.join('')
}

function randomSplits(length: number, source: Seeded): number[] {
  return Array.from({length: source.below(8)}, () => source.below(length + 1)).toSorted((one, other) => one - other)
}

describe('framing, however a stream is split into reads', () => {
  for (const [name, frame] of Object.entries(framings)) {
    it(`${name}: gives the same records, counts and end`, () => {
      for (let run = 0; run < times(350); run += 1) {
        const stream = randomStream()
        const told = `SEED=${random.seed} ${JSON.stringify(stream)}`
        const whole = summary(stream, {frame, lineBytesMax})
        for (let split = 1; split < Math.min(stream.length, 40); split += 1)
          assert.deepEqual(summary(stream, {frame, lineBytesMax, splits: [split]}), whole, `${told} at ${split}`)
        const splits = randomSplits(stream.length, random)
        assert.deepEqual(summary(stream, {frame, lineBytesMax, splits}), whole, `${told} at ${splits.join()}`)
      }
    })
  }

  function summary(stream: string, feeding: Feeding): object {
    const {records, tally, framing} = feed(stream, feeding)
    return {records, tally, protocol: framing.protocol, isBroken: framing.isBroken}
  }
})

describe('framing against a plain definition', () => {
  function compare(frame: (options: FramingOptions) => Framing, define: (stream: string) => Framed[]): void {
    for (let run = 0; run < times(1500); run += 1) {
      const stream = randomStream()
      const splits = randomSplits(stream.length, random)
      const got = recordsOf(stream, {frame, lineBytesMax, splits})
      assert.deepEqual(got, define(stream), `SEED=${random.seed} ${JSON.stringify(stream)} at ${splits.join()}`)
    }
  }

  it('lines are what lies between LF, without a CR at the end, blank ones left out', () => {
    compare(
      (options) => framingOf('raw', options),
      (stream) => terminated(stream, '\n', /\r$/)
    )
  })

  it('NUL frames are what lies between NUL, without an LF at the end, blank ones left out', () => {
    compare(
      (options) => new NulFraming('syslog-nul', options),
      (stream) => terminated(stream, '\0', /\n$/)
    )
  })

  it('octet frames are what their counts say, for as long as they do', () => {
    compare(
      (options) => new OctetFraming('logcaster', options),
      (stream) => counted(stream)
    )
  })

  it('a stream of whole records gives exactly these, in each framing that can hold them', () => {
    for (let run = 0; run < times(600); run += 1) {
      const records = Array.from(
        {length: 1 + random.below(6)},
        () => `<13>${random.pick(['a', 'word', '{', ' \r b', '5 x'])}`
      )
      const streams: readonly (readonly [Spoken, string])[] = [
        ['syslog', records.map((record) => `${record}\n`).join('')],
        ['syslog', records.map((record) => `${record}\0`).join('')],
        ['syslog-octet', records.map((record) => `${record.length} ${record}`).join('')],
        ['syslog-octet', records.map((record) => `${record.length + 1} ${record}\n`).join('')]
      ]
      for (const [spoken, stream] of streams) {
        assert.equal(detect(Buffer.from(stream, 'latin1')), spoken)
        const splits = randomSplits(stream.length, random)
        const got = recordsOf(stream, {frame: (options) => framingOf(spoken, options), lineBytesMax: 20, splits})
        assert.deepEqual(got, records, `SEED=${random.seed} ${JSON.stringify(stream)}`)
      }
    }
  })
})

describe('detection, however the first bytes arrive', () => {
  it('never throws, and says later what it said first', () => {
    for (let run = 0; run < times(2500); run += 1) {
      const stream = Buffer.from(randomStream(), 'latin1')
      let before = detect(stream.subarray(0, 0))
      for (let length = 1; length <= stream.length; length += 1) {
        const now = detect(stream.subarray(0, length))
        if (before !== 'undecided') assert.equal(now, before, `SEED=${random.seed} ${stream.toString('latin1')}`)
        before = now
      }
    }
  })
})

function terminated(stream: string, terminator: string, padding: RegExp): Framed[] {
  const parts = stream.split(terminator)
  return parts.flatMap((part, index) => {
    const text = part.replace(padding, '')
    if (text.length > lineBytesMax) return [`cut ${cutText(text)}`]
    if (text === '') return []
    return [index === parts.length - 1 ? `partial ${text}` : text]
  })
}

function counted(stream: string): Framed[] {
  const head = /^([1-9]\d{0,6}) /.exec(stream)
  if (head === null) return []
  const count = Number(head[1])
  const rest = stream.slice(head[0].length)
  const text = rest.slice(0, count).replace(rest.length < count ? /$^/ : /\n$/, '')
  const isWhole = rest.length >= count
  if (text.length > lineBytesMax && (isWhole || count > lineBytesMax + 1 || text.length > lineBytesMax + 1))
    return [`cut ${cutText(text)}`, ...counted(rest.slice(count))]
  if (!isWhole) return count > lineBytesMax + 1 && rest.length > lineBytesMax ? [`cut ${cutText(text)}`] : []
  return [...(text === '' ? [] : [text]), ...counted(rest.slice(count))]
}

/** The longest beginning that fits and has no beginning of a character at its end. */
function cutText(text: string): string {
  const kept = text.slice(0, lineBytesMax)
  const torn = /(?:[\xc0-\xff]|[\xe0-\xff][\x80-\xbf]|[\xf0-\xff][\x80-\xbf]{2})$/.exec(kept)
  return torn === null ? kept : kept.slice(0, torn.index)
}
