import {readdirSync, readFileSync, readlinkSync} from 'node:fs'
import {readFile, stat} from 'node:fs/promises'
import {deadlineAfter, within, type Clock} from './clock.ts'
import {isAbsent, type FileStat} from './disk.ts'

/**
 * Which files the processes of this machine have in use: by a descriptor, or mapped into memory. It never waits for a
 * server that is gone. A file on a file system that may do that is told by what the kernel has in memory; all others are
 * asked for their numbers, since some of them show others to `stat` than they have themselves.
 */
export interface OpenFiles {
  /** Processes that start or open a file meanwhile may be missed; ours is among those looked into. */
  look(signal: AbortSignal): Promise<OpenLook>
}

export interface OpenLook {
  /** As `fileKey` names them; ask `isOpen`. */
  readonly open: ReadonlySet<string>
  /** False when some process could not be looked into, as those of others cannot without being root. */
  readonly isComplete: boolean
}

type Numbers = Pick<FileStat, 'device' | 'inode'>

export function fileKey({device, inode}: Numbers): string {
  return `${device}:${inode}`
}

export function isOpen(look: OpenLook, file: Numbers): boolean {
  return look.open.has(fileKey(file)) || look.open.has(anyDeviceKey(file.inode))
}

/** Where the device is not known: another file with the same number is then taken for open, too. */
function anyDeviceKey(inode: number): string {
  return `*:${inode}`
}

// A thousand processes take a fraction of this. Whatever is not found by then waits for something.
const lookMs = 10_000

/** The folder is `/proc`; another one is for tests. */
export function realOpenFiles(clock: Clock, folder = '/proc'): OpenFiles {
  return {
    async look(signal) {
      const limit = deadlineAfter(clock, lookMs, signal)
      const search = new Search(folder, limit.signal)
      await within(limit, search.run())
      return {open: new Set(search.open), isComplete: search.isComplete && !limit.signal.aborted}
    }
  }
}

/** Types whose files answer from memory, or from a device of this machine. */
const answering: ReadonlySet<string> = new Set([
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'jfs', 'reiserfs', 'bcachefs', 'vfat', 'exfat', 'ntfs3'],
  ...['iso9660', 'squashfs', 'erofs', 'overlay', 'tmpfs', 'ramfs', 'devtmpfs', 'devpts', 'hugetlbfs', 'mqueue'],
  ...['proc', 'sysfs', 'cgroup', 'cgroup2', 'securityfs', 'debugfs', 'tracefs', 'configfs', 'pstore', 'bpf', 'nsfs']
])

interface Mount {
  readonly device: number
  readonly type: string
}

/** A file in use, as the kernel tells it without asking the file system. */
interface Held {
  /** The link in /proc that leads to the file itself, whatever its name means by now. */
  readonly link: string
  readonly target: string
  readonly mount: Mount | undefined
  /** Unknown before Linux 5.14. */
  readonly inode: number | undefined
}

/** Reads /proc without waiting where the kernel answers from memory: that takes a sixth of the time. */
class Search {
  readonly open = new Set<string>()
  isComplete = true
  readonly #folder: string
  readonly #stop: AbortSignal
  readonly #mounts = new Map<number, Mount>()
  readonly #devices = new Map<number, Mount>()
  readonly #seenMounts = new Set<string>()
  readonly #seenMaps = new Set<string>()

  constructor(folder: string, stop: AbortSignal) {
    this.#folder = folder
    this.#stop = stop
  }

  async run(): Promise<void> {
    const pids = this.#read('.', (path) => readdirSync(path))?.filter((name) => /^\d+$/.test(name)) ?? []
    // Where others' processes are hidden from us, init is, too.
    if (!pids.includes('1')) this.isComplete = false
    for (const pid of pids) {
      if (this.#stop.aborted) return
      const view = this.#learnMounts(pid)
      await this.#findDescriptors(pid)
      await this.#findMaps(pid, view)
    }
  }

  /** Processes see mounts of their own; each set is read once. */
  #learnMounts(pid: string): string {
    const view = ['ns/mnt', 'root'].map((name) => this.#read(`${pid}/${name}`, readlink) ?? pid).join(' ')
    if (this.#seenMounts.has(view)) return view
    this.#seenMounts.add(view)
    const lines = this.#read(`${pid}/mountinfo`, readText)?.split('\n') ?? []
    for (const line of lines) {
      const [, id, major, minor, type] = /^(\d+) \d+ (\d+):(\d+) .* - (\S+) /.exec(line) ?? []
      if (type === undefined) continue
      const mount = {device: deviceNumber(Number(major), Number(minor)), type}
      this.#mounts.set(Number(id), mount)
      this.#devices.set(mount.device, mount)
    }
    return view
  }

  async #findDescriptors(pid: string): Promise<void> {
    for (const name of this.#read(`${pid}/fd`, (path) => readdirSync(path)) ?? []) {
      const target = this.#read(`${pid}/fd/${name}`, readlink)
      // Sockets, pipes and the like are in no folder.
      if (target?.startsWith('/') !== true) continue
      const info = this.#read(`${pid}/fdinfo/${name}`, readText) ?? ''
      const inode = numberAfter('ino', info)
      const mount = this.#mounts.get(numberAfter('mnt_id', info) ?? 0)
      if (info !== '') await this.#take({link: `${pid}/fd/${name}`, target, mount, inode})
    }
  }

  async #findMaps(pid: string, view: string): Promise<void> {
    let maps = ''
    try {
      // This one may wait, for a process that itself waits for its memory to be read from somewhere.
      maps = await readFile(`${this.#folder}/${pid}/maps`, 'latin1')
    } catch (cause) {
      this.#excuse(cause)
    }
    for (const line of maps.split('\n')) {
      const [, from, to, major = '', minor = '', inode, target = ''] = mapLine.exec(line) ?? []
      const key = `${view} ${major}:${minor} ${inode}`
      if (from === undefined || to === undefined || this.#seenMaps.has(key)) continue
      this.#seenMaps.add(key)
      const mount = this.#devices.get(deviceNumber(parseInt(major, 16), parseInt(minor, 16)))
      await this.#take({link: `${pid}/map_files/${from}-${to}`, target, mount, inode: Number(inode)})
    }
  }

  async #take({link, target, mount, inode}: Held): Promise<void> {
    // Memory that is shared, and not a file of any folder.
    if (mount === undefined && target.endsWith(' (deleted)')) return
    if (mount !== undefined && answering.has(mount.type)) {
      try {
        const found = await stat(`${this.#folder}/${link}`)
        if (found.isFile()) this.open.add(fileKey({device: found.dev, inode: found.ino}))
        return
      } catch (cause) {
        if (isAbsent(cause)) return
        // Links of mapped files are for the administrator of the whole machine only; their inode is known all the same.
        mount = undefined
      }
    }
    if (inode === undefined) this.isComplete = false
    else this.open.add(mount === undefined ? anyDeviceKey(inode) : fileKey({device: mount.device, inode}))
  }

  #read<Content>(name: string, read: (path: string) => Content): Content | undefined {
    try {
      return read(`${this.#folder}/${name}`)
    } catch (cause) {
      this.#excuse(cause)
      return undefined
    }
  }

  /** A process that has ended, or closed the file, has nothing to hide. */
  #excuse(cause: unknown): void {
    if (!isAbsent(cause)) this.isComplete = false
  }
}

const mapLine = /^0*([0-9a-f]+)-0*([0-9a-f]+) \S+ \S+ ([0-9a-f]+):([0-9a-f]+) ([1-9]\d*) +(.*)$/

function readlink(path: string): string {
  return readlinkSync(path)
}

function readText(path: string): string {
  return readFileSync(path, 'latin1')
}

function numberAfter(name: string, text: string): number | undefined {
  const digits = new RegExp(`^${name}:\\s*(\\d+)$`, 'm').exec(text)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** As `stat` puts the two together: the lower eight bits of the minor number stand before the major one. */
function deviceNumber(major: number, minor: number): number {
  return Math.floor(minor / 256) * 2 ** 20 + major * 256 + (minor % 256)
}
