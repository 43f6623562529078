/** Of a file or folder: who can change it. */
export interface Ownership {
  readonly mode: number
  readonly uid: number
}

const writableByGroup = 0o020
const writableByOthers = 0o002
const sticky = 0o1000

/**
 * Why orders from this file are not to be trusted. For root: anyone else could have written it. For others: somebody
 * who is neither they nor root could have.
 */
export function isUnsafe(file: Ownership, uid: number): 'owner' | 'mode' | undefined {
  if (file.uid !== uid && file.uid !== 0) return 'owner'
  const foreign = uid === 0 ? writableByGroup | writableByOthers : writableByOthers
  return (file.mode & foreign) === 0 ? undefined : 'mode'
}

/** Of a folder above the file: who can write there can put another file in its place, unless it is sticky. */
export function isUnsafeFolder(folder: Ownership, uid: number): 'owner' | 'mode' | undefined {
  const reason = isUnsafe(folder, uid)
  return reason === 'mode' && (folder.mode & sticky) !== 0 ? undefined : reason
}

export interface Looking {
  /** Follows links; undefined when there is nothing. */
  stat(path: string): Promise<Ownership | undefined>
  /** The path without links; undefined when there is nothing. */
  realPath(path: string): Promise<string | undefined>
}

export interface Unsafe {
  readonly path: string
  readonly reason: 'owner' | 'mode'
  readonly owner: number
  /** Octal, as `chmod` takes it. */
  readonly mode: string
}

/** For root, of a file that need not be there yet: itself, and every folder above its path and above where links lead. */
export async function unsafeForRoot(path: string, machine: Looking): Promise<readonly Unsafe[]> {
  const file = await machine.stat(path)
  const unsafe = file === undefined ? [] : told(path, file, isUnsafe(file, 0))
  for (const folder of new Set([...foldersAbove(path), ...foldersAbove(await nearestReal(path, machine))])) {
    const above = await machine.stat(folder)
    if (above !== undefined) unsafe.push(...told(folder, above, isUnsafeFolder(above, 0)))
  }
  return unsafe
}

/** Where links lead to from the path, or from the nearest folder above it that is there. */
async function nearestReal(path: string, machine: Looking): Promise<string> {
  for (const place of [path, ...foldersAbove(path)]) {
    const real = await machine.realPath(place)
    if (real !== undefined) return real
  }
  return path
}

export function told(path: string, {uid, mode}: Ownership, reason: 'owner' | 'mode' | undefined): Unsafe[] {
  if (reason === undefined) return []
  return [{path, reason, owner: uid, mode: mode.toString(8).padStart(4, '0')}]
}

/** Every folder above an absolute path, nearest first. */
export function foldersAbove(path: string): readonly string[] {
  const names = path.split('/').slice(1, -1)
  return names.map((_, index) => `/${names.slice(0, names.length - index).join('/')}`).concat('/')
}
