import type {Layout} from './layout.ts'
import {LineWriter} from './lines.ts'
import type {Query} from './query.ts'
import {scan} from './scan.ts'

/** What the thread is given once, and what it is asked each time. */
export interface ScanGiven {
  readonly memory: WebAssembly.Memory
  readonly layout: Layout
}

export interface ScanOrder {
  readonly query: Query
  /** Of the lines of the answer. */
  readonly bytesMax: number
}

export type Scanned =
  | {readonly status: 'found'; readonly matches: number; readonly chunks: readonly Uint8Array<ArrayBuffer>[]}
  | {readonly status: 'too-large'; readonly bytesMax: number}

export function answerScan(memory: WebAssembly.Memory, layout: Layout, {query, bytesMax}: ScanOrder): Scanned {
  const lines = new LineWriter()
  let matches = 0
  for (const match of scan(memory, layout, query)) {
    lines.write(match)
    matches += 1
    if (lines.bytes > bytesMax) return {status: 'too-large', bytesMax}
  }
  return {status: 'found', matches, chunks: lines.finish()}
}
