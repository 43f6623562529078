import fs from 'node:fs'
import path from 'node:path'
import {realHost} from '../../src/host/real.ts'
import {lineAfter, origin, type Link} from '../../src/ledger/chain.ts'
import {headPath, writeHead} from '../../src/ledger/head.ts'
import {verify} from '../../src/ledger/journal.ts'
import {journalFolder, segmentBytesMax, segmentFormat, segmentPath, segmentsMax} from '../../src/ledger/segments.ts'

/** A line of the journal without what the chain adds to it. */
export interface SampleLine {
  readonly type: string
  readonly fields: Readonly<Record<string, unknown>>
}

// A journal has a bound: with more steps in each, fewer than ten thousand runs would be kept.
const stepsMax = 5

/** The lines of the newest run of a journal, but for its later steps. */
export function runIn(stateFolder: string): readonly SampleLine[] {
  const lines = fs
    .readFileSync(segmentPath(journalFolder(stateFolder), 1), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => sampleOf(JSON.parse(line) as Record<string, unknown>))
  const start = lines.findLastIndex(({type}) => type === 'run_start')
  return lines.slice(start).filter(({fields}) => Number(fields['number'] ?? 0) <= stepsMax)
}

const ofTheChain: readonly string[] = ['type', 'seq', 'prev']

function sampleOf(raw: Readonly<Record<string, unknown>>): SampleLine {
  const fields = Object.fromEntries(Object.entries(raw).filter(([key]) => !ofTheChain.includes(key)))
  return {type: String(raw['type']), fields}
}

/**
 * A journal of so many such runs, as the appender would have written it, which would sync each of them. Whether it is
 * one, `verify` says.
 */
export async function writeJournal(stateFolder: string, sample: readonly SampleLine[], runs: number): Promise<void> {
  const journal = new Journal(stateFolder)
  for (let run = 0; run < runs; run += 1) {
    const id = `20261120T091500Z-${run.toString(36).padStart(6, '0')}`
    for (const {type, fields} of sample) journal.append(type, {...fields, run: id})
  }
  await journal.close()
  const found = await verify(realHost(), stateFolder)
  if (found.state !== 'ok' || found.runs !== runs) {
    throw new Error(`the journal for the benchmark is ${found.state}, with ${found.runs} runs`)
  }
}

class Journal {
  readonly #stateFolder: string
  #link: Link = origin
  #segment = 0
  #bytes = 0
  #parts: Uint8Array[] = []

  constructor(stateFolder: string) {
    this.#stateFolder = stateFolder
    fs.mkdirSync(journalFolder(stateFolder), {recursive: true, mode: 0o700})
    this.#begin()
  }

  append(type: string, fields: object): void {
    const line = lineAfter(this.#link, type, fields)
    if (this.#bytes + line.bytes.length > segmentBytesMax) {
      this.#flush()
      this.#begin()
      this.#add(lineAfter(this.#link, type, fields))
    } else {
      this.#add(line)
    }
  }

  async close(): Promise<void> {
    this.#flush()
    const {disk, random} = realHost()
    const first = {segment: 1, seq: 1, prev: origin.hash}
    const head = {segment: this.#segment, bytes: this.#bytes, ...this.#link, first}
    await writeHead({disk, random}, headPath(this.#stateFolder), head)
  }

  #begin(): void {
    const after_bytes = this.#bytes
    this.#segment += 1
    this.#bytes = 0
    if (this.#segment > segmentsMax) throw new Error('no journal is that long')
    const at = '2026-11-20T09:15:00.000Z'
    this.#add(lineAfter(this.#link, 'segment', {at, format: segmentFormat, after_bytes, torn_bytes: 0}))
  }

  #add({bytes, link}: ReturnType<typeof lineAfter>): void {
    this.#parts.push(bytes)
    this.#bytes += bytes.length
    this.#link = link
  }

  #flush(): void {
    const file = path.resolve(segmentPath(journalFolder(this.#stateFolder), this.#segment))
    fs.writeFileSync(file, Buffer.concat(this.#parts), {mode: 0o640})
    this.#parts = []
  }
}
