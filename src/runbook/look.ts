import {dirname, join} from 'node:path'
import {reasonOf} from '../base/fault.ts'
import {unsafeForRoot} from '../base/safety.ts'
import type {FileStat} from '../host/disk.ts'
import {isOpen, type OpenLook} from '../host/open-files.ts'
import {programPath} from '../host/processes.ts'
import {readContent, sha256Of, textIn, contentBytesMax} from './content.ts'
import {detailsOf, Facts, keyOf, type Fact, type FileFact, type FolderFact, type ProgramFact} from './facts.ts'
import type {FileSubject, ProgramSubject, Subject} from './facts.ts'
import {lookAtHeld} from './held.ts'
import type {StepHost} from './step.ts'

/** Reads what is so, each thing once, however many steps ask for it. Nothing is changed, and no last link followed. */
export async function look(subjects: readonly Subject[], host: LookHost, signal: AbortSignal): Promise<Facts> {
  const wanted = [...merged(subjects)]
  const open = wanted.some(([, subject]) => asksForUse(subject)) ? await host.openFiles.look(signal) : undefined
  const known = new Map<string, Fact>()
  const next = wanted.values()
  const reader = async (): Promise<void> => {
    for (const [key, subject] of next) {
      signal.throwIfAborted()
      known.set(key, await lookAt(subject, {host, open, signal}))
    }
  }
  await Promise.all(Array.from({length: readersMax}, reader))
  return new Facts(known)
}

export type LookHost = Pick<StepHost, 'disk' | 'machine' | 'openFiles' | 'services'>

// Node asks the system with four threads: a few more readers than that keep them busy.
const readersMax = 8

interface Looking {
  readonly host: LookHost
  /** Undefined where nobody asked. */
  readonly open: OpenLook | undefined
  readonly signal: AbortSignal
}

function merged(subjects: readonly Subject[]): ReadonlyMap<string, Subject> {
  const wanted = new Map<string, Subject>()
  for (const subject of subjects) {
    const known = wanted.get(keyOf(subject))
    wanted.set(keyOf(subject), known === undefined ? subject : {...known, ...onlyTrue(subject)})
  }
  return wanted
}

/** What one step does not ask for must not hide what another one does. */
function onlyTrue(subject: Subject): Subject {
  return Object.fromEntries(Object.entries(subject).filter(([, value]) => value !== false)) as unknown as Subject
}

function asksForUse(subject: Subject): boolean {
  return (subject.type === 'file' && subject.use === true) || (subject.type === 'held' && subject.isListed === true)
}

async function lookAt(subject: Subject, looking: Looking): Promise<Fact> {
  const {host, open, signal} = looking
  switch (subject.type) {
    case 'file':
      return lookAtFile(subject, looking)
    case 'held':
      return lookAtHeld(subject, {...host, useOf: (stat) => useOf(stat, open)})
    case 'unit':
      return {type: 'unit', state: await host.services.state(subject.unit, signal)}
    case 'program':
      return lookForProgram(subject, host)
  }
}

async function lookAtFile(subject: FileSubject, {host, open}: Looking): Promise<FileFact> {
  const {path} = subject
  const folder = await lookAtFolder(dirname(path), host)
  try {
    const stat = await host.disk.lstat(path)
    if (stat === undefined) return {type: 'file', folder, state: 'absent'}
    if (stat.kind !== 'file') return {type: 'file', folder, state: stat.kind}
    const details = {
      ...detailsOf(stat),
      ...(subject.content === true ? await contentOf(path, stat, host) : {}),
      isOpen: useOf(stat, open)
    }
    return {type: 'file', folder: await withSticky(folder, stat, {path, host}), state: 'file', ...details}
  } catch (cause) {
    return {type: 'file', folder, state: 'unreadable', reason: reasonOf(cause)}
  }
}

async function contentOf(
  path: string,
  {size}: FileStat,
  {disk}: LookHost
): Promise<{readonly sha256?: string; readonly text?: string | null}> {
  const bytes = size > contentBytesMax ? null : await readContent(disk, path)
  return bytes === null ? {} : {sha256: sha256Of(bytes), text: textIn(bytes)}
}

/** Null where nobody can say, or nobody asked. */
function useOf(stat: FileStat, open: OpenLook | undefined): boolean | null {
  if (open === undefined) return null
  return isOpen(open, stat) ? true : open.isComplete ? false : null
}

async function lookAtFolder(path: string, {disk}: LookHost): Promise<FolderFact> {
  const nothing = {realPath: null, device: null, inode: null, isWritable: false}
  try {
    const realPath = await disk.realPath(path)
    const stat = realPath === undefined ? undefined : await disk.stat(realPath)
    if (realPath === undefined || stat === undefined) return {state: 'absent', ...nothing}
    if (stat.kind !== 'directory') return {state: 'other', ...nothing}
    const {device, inode} = stat
    return {state: 'directory', realPath, device, inode, isWritable: await disk.mayWrite(realPath)}
  } catch {
    // Why does not matter: what cannot be looked at is not planned on.
    return {state: 'unreadable', ...nothing}
  }
}

const stickyBit = 0o1000

/** In a folder like /tmp everybody may write, but each only change the names of their own files. */
async function withSticky(
  folder: FolderFact,
  file: FileStat,
  {path, host}: {readonly path: string; readonly host: LookHost}
): Promise<FolderFact> {
  const {uid} = host.machine
  if (uid === 0 || file.uid === uid || !folder.isWritable) return folder
  const stat = await host.disk.stat(dirname(path))
  const isTheirs = stat !== undefined && stat.uid !== uid && (stat.mode & stickyBit) !== 0
  return isTheirs ? {...folder, isWritable: false} : folder
}

async function lookForProgram({word, folder, isScript}: ProgramSubject, host: LookHost): Promise<ProgramFact> {
  const candidates = placesOf(word, folder)
  let best: ProgramFact = {type: 'program', state: 'missing', path: word}
  for (const path of candidates) {
    const found = await lookAtProgram(path, host, isScript === true)
    if (found.state === 'found' || found.state === 'unsafe') return found
    // As a shell does it: what cannot be run is passed over, and told only where nothing else is found.
    if (found.state === 'not-executable' && best.state === 'missing') best = found
  }
  return best
}

/** Where a program can be; nowhere, for a word that leads out of where it is meant from. */
function placesOf(word: string, folder: string): readonly string[] {
  const names = word.split('/')
  if (names.includes('..') || word === '') return []
  if (word.startsWith('/')) return [word]
  if (word.startsWith('./')) return [join(folder, word)]
  return names.length === 1 ? programPath.map((place) => join(place, word)) : []
}

async function lookAtProgram(path: string, {disk, machine}: LookHost, isScript: boolean): Promise<ProgramFact> {
  try {
    const stat = await disk.stat(path)
    if (stat === undefined) return {type: 'program', state: 'missing', path}
    const mayRun = stat.kind === 'file' && (isScript || (stat.mode & 0o111) !== 0)
    if (!mayRun) return {type: 'program', state: 'not-executable', path}
    const isUnsafe = machine.uid === 0 && (await unsafeForRoot(path, disk)).length > 0
    return {type: 'program', state: isUnsafe ? 'unsafe' : 'found', path}
  } catch {
    // A folder that we may not look into has no program for us.
    return {type: 'program', state: 'missing', path}
  }
}
