import {join} from 'node:path'
import {isRecord} from '../base/record.ts'
import {readText, writeAtomic} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import type {Link} from './chain.ts'
import {numberIn, parseRecord, textIn, type Raw} from '../base/raw.ts'

/**
 * `journal-head.json`, beside the folder of the journal: the line up to which everything is durable. A chain cannot see
 * that its own end was cut off; this is how it is seen. Written after each sync, whole or not at all.
 *
 *     {"format":1,"segment":3,"bytes":51200,"seq":840,"hash":…,"first":{"segment":1,"seq":1,"prev":…}}
 */
export interface Head extends Link {
  /** Where the line ends. Segment 0: nothing has been written yet. */
  readonly segment: number
  readonly bytes: number
  /** The oldest segment that is kept, and how its first line must begin. */
  readonly first: First
}

export interface First {
  readonly segment: number
  readonly seq: number
  readonly prev: string
}

const format = 1
const bytesMax = 1 << 16

export type FoundHead =
  | {readonly state: 'good'; readonly head: Head}
  | {readonly state: 'absent' | 'damaged'}
  | {readonly state: 'newer'; readonly format: number}

export function headPath(stateFolder: string): string {
  return join(stateFolder, 'journal-head.json')
}

export async function readHead(disk: Host['disk'], path: string): Promise<FoundHead> {
  const text = await readText(disk, path, bytesMax)
  if (text === undefined) return {state: 'absent'}
  const raw = parseRecord(text)
  const written = raw === undefined ? undefined : numberIn(raw, 'format')
  if (raw === undefined || written === undefined) return {state: 'damaged'}
  if (written > format) return {state: 'newer', format: written}
  const head = headIn(raw)
  return head === undefined ? {state: 'damaged'} : {state: 'good', head}
}

function headIn(raw: Raw): Head | undefined {
  const first = raw['first']
  if (!isRecord(first)) return undefined
  const [segment, bytes, seq, hash] = [
    numberIn(raw, 'segment'),
    numberIn(raw, 'bytes'),
    numberIn(raw, 'seq'),
    textIn(raw, 'hash')
  ]
  const [firstSegment, firstSeq, prev] = [numberIn(first, 'segment'), numberIn(first, 'seq'), textIn(first, 'prev')]
  if (segment === undefined || bytes === undefined || seq === undefined || hash === undefined) return undefined
  if (firstSegment === undefined || firstSeq === undefined || prev === undefined) return undefined
  return {segment, bytes, seq, hash, first: {segment: firstSegment, seq: firstSeq, prev}}
}

export async function writeHead(
  {disk, random}: Pick<Host, 'disk' | 'random'>,
  path: string,
  head: Head
): Promise<void> {
  const {segment, bytes, seq, hash, first} = head
  const text = `${JSON.stringify({format, segment, bytes, seq, hash, first})}\n`
  await writeAtomic(disk, path, {bytes: new TextEncoder().encode(text), mode: 0o640, random})
}
