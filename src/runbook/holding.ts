import {basename, dirname, join} from 'node:path'
import {Fault, reasonOf} from '../base/fault.ts'
import {duration, type Kind} from '../config/shape.ts'
import type {Attributes, Disk, FileStat} from '../host/disk.ts'
import {copyWhole, haveSameContent} from './content.ts'
import {dropName, isLinkless, isSameFile, removeIfThere} from './names.ts'
import type {StepPlace} from './step.ts'

/**
 * What a step removes or replaces is kept until its time is over, on the file system that it was on:
 *
 *     FOLDER/.logcaster-held/RUN.UNTIL/NUMBER-NAME   the file itself
 *                                      NUMBER.held   empty; made right before, so that its time says when that was
 *                                      NUMBER.none   empty; where the step wrote, there had been nothing
 *                                      NUMBER.part   a copy that is being made, where a file cannot have two names
 *
 * Every name follows from the run, the number of the step and its inputs: what was killed in the middle is found again
 * without any other record. Each change is durable before the next one, so that power loss leaves one state or the next.
 */

const areaName = '.logcaster-held'

/** Folders in which only we change anything, and never as a step of a runbook. */
const ownNames = [areaName, '.logcaster-locks']

export function isOurs(path: string): boolean {
  return path.split('/').some((name) => ownNames.includes(name))
}

// Nobody comes back after that; it also keeps the deadline within what a date can be.
const holdMsMax = 10 * 366 * 86_400_000

export const holdMsUsual = 7 * 86_400_000

/** How long something is kept. */
export function holdTime(): Kind<number> {
  const inner = duration()
  return {
    ...inner,
    parse: (raw) => {
      const ms = inner.parse(raw)
      return ms !== undefined && ms <= holdMsMax ? ms : undefined
    }
  }
}

/** Where one step puts what was at one path. */
export interface Slot {
  readonly path: string
  readonly folder: string
  readonly held: string
  readonly note: string
  readonly none: string
  readonly part: string
  readonly untilMs: number
}

export function slotOf(path: string, at: StepPlace, holdMs: number): Slot {
  const untilMs = wholeSecond(at.run.startedMs + holdMs)
  const folder = join(areaOf(dirname(path)), `${at.run.id}.${stampOf(untilMs)}`)
  const name = (ending: string): string => join(folder, `${at.number}${ending}`)
  return {
    path,
    folder,
    held: name(`-${shortened(basename(path), nameBytesMax - `${at.number}-`.length)}`),
    note: name('.held'),
    none: name('.none'),
    part: name('.part'),
    untilMs
  }
}

export function areaOf(folder: string): string {
  return join(folder, areaName)
}

/** The next whole second, since a promise of time must not be cut short. */
function wholeSecond(ms: number): number {
  return Math.ceil(ms / 1000) * 1000
}

/** `20261127T091500Z` */
export function stampOf(ms: number): string {
  return new Date(wholeSecond(ms))
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '')
}

/** Until when what is in a folder of this name is kept. Undefined: the folder is not ours. */
export function untilOf(folderName: string): number | undefined {
  const [, stamp] = /^.+\.(\d{8}T\d{6}Z)$/s.exec(folderName) ?? []
  if (stamp === undefined) return undefined
  const ms = Date.parse(stamp.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
  return Number.isNaN(ms) || stampOf(ms) !== stamp ? undefined : ms
}

/** What a name in the folder of a run stands for, and for which step. */
export function partOf(name: string): {readonly number: number; readonly kind: 'held' | 'note'} | undefined {
  const [, number, rest] = /^([1-9]\d*)(-.+|\.held|\.none|\.part)$/s.exec(name) ?? []
  if (number === undefined || rest === undefined) return undefined
  return {number: Number(number), kind: rest.startsWith('-') ? 'held' : 'note'}
}

// Of a name, on every file system that Linux people use.
const nameBytesMax = 255

/** The first whole characters of it; the number before it keeps it apart from all others. */
function shortened(name: string, bytesMax: number): string {
  return new TextDecoder().decode(new TextEncoder().encode(name).subarray(0, bytesMax), {stream: true})
}

/** A folder that is ours alone: nobody else may look into it, or put something there. */
export function isPrivate(found: Pick<FileStat, 'kind'> & Attributes, uid: number): boolean {
  return found.kind === 'directory' && found.uid === uid && (found.mode & 0o077) === 0
}

export interface Keeping {
  readonly disk: Disk
  readonly slot: Slot
  readonly uid: number
}

/** Makes the folders of the slot, durably. */
export async function openSlot(keeping: Keeping): Promise<void> {
  try {
    await makeFolders(keeping)
  } catch (cause) {
    if (reasonOf(cause) !== 'ENOENT') throw cause
    // The area was there, but empty, and another run that was done with its own slot has just taken it away.
    await makeFolders(keeping)
  }
}

async function makeFolders({disk, slot, uid}: Keeping): Promise<void> {
  for (const folder of [dirname(slot.folder), slot.folder]) {
    if ((await disk.lstat(folder)) === undefined) await makeUnlessThere(disk, folder)
    const found = await disk.lstat(folder)
    if (found === undefined) throw Object.assign(new Error(`${folder} is gone again`), {code: 'ENOENT'})
    if (!isPrivate(found, uid)) throw new Fault('held-foreign', {path: folder})
    // One that was there already may have been made right before a kill.
    await disk.syncDirectory(dirname(folder))
  }
}

/** Another run may have made it since we looked. */
async function makeUnlessThere(disk: Disk, folder: string): Promise<void> {
  try {
    await disk.makeDirectory(folder, 0o700)
  } catch (cause) {
    if (reasonOf(cause) !== 'EEXIST') throw cause
  }
}

/** What is kept in the slot, if anything is. */
export async function heldIn({disk, slot, uid}: Keeping): Promise<FileStat | undefined> {
  const area = await disk.lstat(dirname(slot.folder))
  if (area === undefined) return undefined
  // In a folder where others may write, they could have put theirs in its place.
  if (!isPrivate(area, uid)) throw new Fault('held-foreign', {path: dirname(slot.folder)})
  return disk.lstat(slot.held)
}

/** Notes that there is nothing at the path. */
export async function noteAbsence({disk, slot}: Keeping): Promise<void> {
  await writeNote(disk, slot.none)
  await disk.syncDirectory(slot.folder)
}

export async function wasAbsent({disk, slot}: Keeping): Promise<boolean> {
  return (await disk.lstat(slot.none)) !== undefined
}

/** Gives the file a second name in the slot, so that its own may be taken by another one. */
export async function holdToo(keeping: Keeping, file: FileStat): Promise<void> {
  const {disk, slot} = keeping
  const held = await heldIn(keeping)
  if (held !== undefined && !isSameFile(held, file) && !(await haveSameContent(disk, slot.held, slot.path))) {
    throw new Fault('held-taken', {path: slot.path, held: slot.held})
  }
  await writeNote(disk, slot.note)
  if (held === undefined) await linkOrCopy(keeping, file)
  await disk.syncDirectory(slot.folder)
}

async function linkOrCopy({disk, slot}: Keeping, file: FileStat): Promise<void> {
  try {
    await disk.link(slot.path, slot.held)
  } catch (cause) {
    if (!isLinkless(cause)) throw cause
    await removeIfThere(disk, slot.part)
    await copyWhole(disk, {from: slot.path, to: slot.part, attributes: file})
    // The copy is newer than the note, as if somebody had written to it.
    await writeNote(disk, slot.note)
    await disk.rename(slot.part, slot.held)
  }
}

/** Makes durable that a file has moved from its folder into the slot, if it has. */
export async function secureSlot({disk, slot}: Keeping): Promise<void> {
  // Somebody else may have taken the file away, before it came into any slot.
  if ((await disk.lstat(slot.folder)) !== undefined) await disk.syncDirectory(slot.folder)
  await disk.syncDirectory(dirname(slot.path))
}

/** Moves the file into the slot. */
export async function holdInstead(keeping: Keeping, file: FileStat): Promise<void> {
  const {disk, slot} = keeping
  const held = await heldIn(keeping)
  if (held !== undefined && !isSameFile(held, file)) throw new Fault('held-taken', {path: slot.path, held: slot.held})
  await writeNote(disk, slot.note)
  if (held !== undefined) {
    await dropName(disk, slot.path, slot.held)
    return
  }
  await disk.rename(slot.path, slot.held)
  await disk.syncDirectory(slot.folder)
  await disk.syncDirectory(dirname(slot.path))
}

/** Once nothing is kept in the slot any more, and durably so. What cannot be removed of it is left for the purge. */
export async function closeSlot({disk, slot}: Keeping): Promise<void> {
  // An earlier undo may have been killed right before it did this.
  await disk.syncDirectory(dirname(slot.path))
  for (const path of [slot.note, slot.none, slot.part, slot.folder, dirname(slot.folder)]) {
    try {
      await disk.remove(path)
    } catch {
      // Not there, or a folder with something of another step in it.
    }
  }
}

async function writeNote(disk: Disk, path: string): Promise<void> {
  await removeIfThere(disk, path)
  await (await disk.open(path, 'create')).close()
}
