import {hash} from 'node:crypto'
import {Fault} from '../base/fault.ts'
import {numberIn, parseRecord, textIn, type Raw} from '../base/raw.ts'
import {isRecord} from '../base/record.ts'
import {readText, writeAtomic} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import type {Place} from './line-count.ts'
import type {SourceFile} from './source-file.ts'

/**
 * The cursor file: how far a file has been sent, written whole or not at all.
 *
 *     {"format":1,"session":…,"server":…,"path":…,"inode":1835,"head":{"bytes":1024,"hash":…},"tail":{"bytes":1024,"hash":…},
 *      "origin":0,"offset":51200,"number":840,"cut":null}
 *
 * The server acknowledged record `number`, whose line ends in front of `offset`; record 1 of the session begins at
 * `origin`. A last line without an end may have been sent as the record behind which `cut` is. Which file it is shows in
 * its inode and in what it holds: its first KiB, and the KiB in front of `offset`. (A device gets another number when
 * the machine starts again.)
 */
export interface Cursor {
  readonly session: string
  readonly server: string
  readonly path: string
  readonly sign: Sign
  readonly origin: number
  readonly acknowledged: Place
  readonly cut: Place | undefined
}

/** By which a file is known again, however much it has grown. */
export interface Sign {
  readonly inode: number
  readonly head: Print
  readonly tail: Print
}

interface Print {
  readonly bytes: number
  readonly hash: string
}

const format = 1
const cursorBytesMax = 1 << 16
const printBytes = 1024

export async function readCursor(disk: Host['disk'], path: string): Promise<Cursor | undefined> {
  const text = await readText(disk, path, cursorBytesMax)
  if (text === undefined) return undefined
  const raw = parseRecord(text) ?? {}
  const written = numberIn(raw, 'format') ?? 0
  if (written > format) throw new Fault('state-newer', {path, format: written, known: format})
  const cursor = written === format ? cursorIn(raw) : undefined
  if (cursor === undefined) throw new Fault('send-cursor-damaged', {path})
  return cursor
}

export async function writeCursor(host: Pick<Host, 'disk' | 'random'>, path: string, cursor: Cursor): Promise<void> {
  const {session, server, sign, origin, acknowledged, cut = null} = cursor
  const written = {format, session, server, path: cursor.path, ...sign, origin, ...acknowledged, cut}
  const bytes = new TextEncoder().encode(`${JSON.stringify(written)}\n`)
  await writeAtomic(host.disk, path, {bytes, mode: 0o600, random: host.random})
}

/** Of what lies in front of the offset. */
export async function signOf(source: SourceFile, offset: number): Promise<Sign> {
  const {inode, size} = source.stat
  const tailBytes = Math.min(printBytes, offset)
  return {
    inode,
    head: await printOf(source, 0, Math.min(printBytes, size)),
    tail: await printOf(source, offset - tailBytes, tailBytes)
  }
}

/** Why a file is not the one that the cursor tells of, grown or not. */
export async function changeOf(source: SourceFile, cursor: Cursor): Promise<'shrank' | 'replaced' | undefined> {
  const {sign, acknowledged, cut} = cursor
  const {inode, size} = source.stat
  if (inode !== sign.inode) return 'replaced'
  if (size < Math.max(acknowledged.offset, cut?.offset ?? 0)) return 'shrank'
  const head = await printOf(source, 0, sign.head.bytes)
  const tail = await printOf(source, acknowledged.offset - sign.tail.bytes, sign.tail.bytes)
  return head.hash === sign.head.hash && tail.hash === sign.tail.hash ? undefined : 'replaced'
}

/** The same for the same file on the same machine, as long as its first line stays. */
export async function sessionOf(hostname: string, source: SourceFile): Promise<string> {
  const {device, inode} = source.stat
  const head = await source.bytes(0, printBytes)
  const end = head.indexOf('\n')
  const firstLine = end === -1 ? head : head.subarray(0, end)
  return `${shortName(hostname)}-${shortHash(`${hostname} ${device} ${inode} ${hash('sha256', firstLine)}`)}`
}

/** What may stand in the name of a session or a file, and leaves room for more. */
export function shortName(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 30)
}

export function shortHash(text: string): string {
  return hash('sha256', text).slice(0, 16)
}

async function printOf(source: SourceFile, from: number, bytes: number): Promise<Print> {
  return {bytes, hash: hash('sha256', await source.bytes(from, bytes))}
}

function cursorIn(raw: Raw): Cursor | undefined {
  const [session, server, path] = [textIn(raw, 'session'), textIn(raw, 'server'), textIn(raw, 'path')]
  const [inode, origin] = [numberIn(raw, 'inode'), numberIn(raw, 'origin')]
  const [head, tail] = [printIn(raw['head']), printIn(raw['tail'])]
  const acknowledged = placeIn(raw)
  const cut = raw['cut'] === null ? null : placeIn(raw['cut'])
  if (session === undefined || server === undefined || path === undefined || inode === undefined) return undefined
  if (origin === undefined || head === undefined || tail === undefined) return undefined
  if (acknowledged === undefined || cut === undefined) return undefined
  if (tail.bytes > acknowledged.offset) return undefined
  return {session, server, path, sign: {inode, head, tail}, origin, acknowledged, cut: cut ?? undefined}
}

function printIn(raw: unknown): Print | undefined {
  if (!isRecord(raw)) return undefined
  const [bytes, written] = [numberIn(raw, 'bytes'), textIn(raw, 'hash')]
  if (bytes === undefined || written === undefined || !(bytes >= 0 && bytes <= printBytes)) return undefined
  return {bytes, hash: written}
}

function placeIn(raw: unknown): Place | undefined {
  if (!isRecord(raw)) return undefined
  const [offset, number] = [numberIn(raw, 'offset'), numberIn(raw, 'number')]
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(number)) return undefined
  return offset === undefined || number === undefined || offset < 0 || number < 0 ? undefined : {offset, number}
}
