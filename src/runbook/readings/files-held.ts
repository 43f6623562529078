import {join} from 'node:path'
import {Fault, reasonOf} from '../../base/fault.ts'
import {stateFolder} from '../../config/find.ts'
import {nullable, record} from '../../config/shape.ts'
import type {Disk} from '../../host/disk.ts'
import {readRuns} from '../../ledger/journal.ts'
import {plainPath} from '../fields.ts'
import {areaOf} from '../holding.ts'
import type {Read, ReadingKind, ReadingWork} from '../reading.ts'

// As deep as files are looked for.
const depthMax = 8
const foldersMax = 10_000

interface Inputs {
  /** Null: wherever runs have put something, by the journal. */
  readonly folder: string | null
}

/** Folders that have a holding area: each of them is to be purged on its own. */
export const filesHeld: ReadingKind<Inputs> = {
  name: 'files.held',
  about: {
    en: 'Folders that hold removed or replaced files: from this one down, or wherever runs have put some',
    ko: '제거하거나 바꾼 파일을 보관 중인 폴더: 이 폴더부터 아래로, 또는 실행들이 남긴 모든 곳'
  },
  fields: record({folder: nullable(plainPath())}),
  async read(work) {
    const {folder} = work.inputs
    try {
      return folder === null ? await fromJournal(work) : await fromFolder(work, folder)
    } catch (cause) {
      if (cause instanceof Fault) return {fault: cause as Fault}
      return {fault: new Fault('file-unreadable', {path: folder ?? '/', reason: reasonOf(cause)}, {cause})}
    }
  }
}

async function fromJournal({host, at}: ReadingWork<Inputs>): Promise<Read> {
  const runs = await readRuns(host, stateFolder(at.config.paths.state, host.machine))
  const folders = new Set(runs.flatMap(({holds}) => holds))
  const found = await Promise.all(
    [...folders].map(async (folder) => ((await hasArea(host.disk, folder)) ? [folder] : []))
  )
  return {value: found.flat().toSorted()}
}

async function fromFolder({host, signal}: ReadingWork<Inputs>, folder: string): Promise<Read> {
  const search: Search = {disk: host.disk, signal, folders: 0, found: []}
  await searchFolder(search, folder, 1)
  return {value: search.found}
}

interface Search {
  readonly disk: Disk
  readonly signal: AbortSignal
  folders: number
  readonly found: string[]
}

async function searchFolder(search: Search, folder: string, level: number): Promise<void> {
  search.signal.throwIfAborted()
  search.folders += 1
  if (search.folders > foldersMax) throw new Fault('find-too-many', {folder, namesMax: foldersMax})
  if (await hasArea(search.disk, folder)) search.found.push(folder)
  if (level === depthMax) return
  for (const name of await search.disk.list(folder)) {
    const path = join(folder, name)
    if (name.startsWith('.') || plainPath().parse(path) === undefined) continue
    if ((await search.disk.lstat(path))?.kind === 'directory') await searchFolder(search, path, level + 1)
  }
}

async function hasArea(disk: Disk, folder: string): Promise<boolean> {
  return (await disk.lstat(areaOf(folder)))?.kind === 'directory'
}
