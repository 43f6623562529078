import {basename, join} from 'node:path'
import {makeFolder, removeLeftovers} from '../host/files.ts'
import type {Host} from '../host/host.ts'
import {readCursor, shortHash, shortName, signOf, writeCursor, type Cursor} from './cursor.ts'
import type {Courier} from './courier.ts'
import type {Place} from './line-count.ts'
import type {SourceFile} from './source-file.ts'

export type KeeperHost = Pick<Host, 'clock' | 'disk' | 'random'>

/** What of a cursor stays the same while a file is sent. */
export interface Kept extends Pick<Cursor, 'session' | 'server' | 'origin'> {
  readonly cursorPath: string
  readonly source: SourceFile
}

/** Writes the cursor file as the courier gets on, one write after the other. */
export class CursorKeeper {
  readonly #host: KeeperHost
  readonly #kept: Kept
  readonly #courier: Courier
  /** What the cursor file says. */
  #saved: {readonly acknowledged: Place; readonly cut: Place | undefined} | undefined
  #turn: Promise<void> = Promise.resolve()

  constructor(host: KeeperHost, kept: Kept, state: {readonly courier: Courier; readonly found: Cursor | undefined}) {
    this.#host = host
    this.#kept = kept
    this.#courier = state.courier
    this.#saved = state.found
  }

  /** Before the first record of a session is sent, and where the end of the input is about to become that of a record. */
  get isNeeded(): boolean {
    return this.#courier.isSettled && (this.#saved === undefined || this.#saved.cut !== this.#courier.cut)
  }

  keep(): Promise<void> {
    const turn = this.#turn.then(() => this.#save())
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #save(): Promise<void> {
    const {isSettled, acknowledged, cut} = this.#courier
    if (!isSettled) return
    if (this.#saved?.cut === cut && this.#saved?.acknowledged.offset === acknowledged.offset) return
    const {source, cursorPath, session, server, origin} = this.#kept
    const {path} = source
    const sign = await signOf(source, acknowledged.offset)
    await writeCursor(this.#host, cursorPath, {session, server, path, origin, sign, acknowledged, cut})
    this.#saved = {acknowledged, cut}
  }
}

/** Each file has its own cursor for each server, and for each session that is named by hand. */
export function cursorPathIn(folder: string, path: string, ...more: readonly string[]): string {
  return join(folder, `${shortName(basename(path))}-${shortHash([path, ...more].join('\n'))}.json`)
}

// A cursor is needed as long as its file may still grow, or be sent once more by mistake.
const uselessMs = 30 * 86_400_000
// A cursor is written in far less time than that.
const leftoverMs = 60_000

/** Makes the folder of cursors, and takes away what is of no use any more: cursors of files that are long gone. */
export async function tidyCursors(host: KeeperHost, folder: string): Promise<void> {
  await makeFolder(host.disk, folder, 0o700)
  await leaveIfImpossible(async () => {
    for (const name of await host.disk.list(folder)) {
      if (name.endsWith('.json')) await removeUseless(host, join(folder, name))
    }
  })
}

/** What earlier runs left beside a cursor when they were killed. */
export async function tidyBeside({clock, disk}: KeeperHost, cursorPath: string): Promise<void> {
  await leaveIfImpossible(() => removeLeftovers(disk, cursorPath, clock.now() - leftoverMs))
}

async function removeUseless({clock, disk}: KeeperHost, path: string): Promise<void> {
  const found = await disk.stat(path)
  if (found === undefined || found.modifiedMs > clock.now() - uselessMs) return
  const cursor = await readCursor(disk, path).catch(() => undefined)
  if (cursor !== undefined && (await disk.stat(cursor.path)) === undefined) await disk.remove(path)
}

async function leaveIfImpossible(tidy: () => Promise<void>): Promise<void> {
  try {
    await tidy()
  } catch {
    // A file too many does no harm; where nothing can be written, that is told when the cursor is.
  }
}
