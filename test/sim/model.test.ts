import assert from 'node:assert/strict'
import {mkdtemp, realpath, rm, symlink} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {test} from 'node:test'
import fc from 'fast-check'
import {reasonOf} from '../../src/base/fault.ts'
import {realDisk, type Disk, type OpenFile} from '../../src/host/disk.ts'
import {readWhole, writeAtomic} from '../../src/host/files.ts'
import {SimDisk} from './disk.ts'
import {seeded, seedFromEnvironment, times} from './random.ts'

const seed = seedFromEnvironment()

const content = fc.uint8Array({maxLength: 1500})

test('sim disk: with no failures and all synced, it is a plain map from paths to bytes, after power loss too', async () => {
  const path = fc.constantFrom('/a', '/b', '/c')
  const change = fc.oneof(
    fc.record({kind: fc.constant('write' as const), path, bytes: content}),
    fc.record({kind: fc.constant('rename' as const), path, to: path}),
    fc.record({kind: fc.constant('remove' as const), path})
  )
  await fc.assert(
    fc.asyncProperty(fc.array(change, {maxLength: 20}), async (changes) => {
      const disk = new SimDisk({seed})
      const random = seeded(seed)
      const model = new Map<string, Uint8Array>()
      for (const step of changes) {
        const old = model.get(step.path)
        if (step.kind === 'write') {
          await writeAtomic(disk, step.path, {bytes: step.bytes, mode: 0o600, random})
          model.set(step.path, step.bytes)
        } else if (old !== undefined) {
          await (step.kind === 'rename' ? disk.rename(step.path, step.to) : disk.remove(step.path))
          model.delete(step.path)
          if (step.kind === 'rename') model.set(step.to, old)
        }
        assert.deepEqual(await readWhole(disk, step.path, 1 << 20), model.get(step.path))
      }
      assert.deepEqual(sorted(disk.files()), sorted(model))
      await disk.syncDirectory('/')
      assert.deepEqual(sorted(disk.crash().files()), sorted(model))
    }),
    {seed}
  )
})

function sorted(files: Map<string, Uint8Array>): [string, number[]][] {
  return [...files].map(([path, bytes]): [string, number[]] => [path, [...bytes]]).sort(([a], [b]) => (a < b ? -1 : 1))
}

test('sim disk: after power loss, each sector of a file is as it was at some time since the last sync', async () => {
  const step = fc.oneof(
    {weight: 3, arbitrary: fc.record({position: fc.nat(3000), bytes: fc.uint8Array({minLength: 1, maxLength: 1500})})},
    {weight: 1, arbitrary: fc.constant('sync' as const)}
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, {maxLength: 12}), fc.nat(), async (steps, diskSeed) => {
      const disk = new SimDisk({seed: diskSeed})
      const file = await disk.open('/a', 'create')
      await disk.syncDirectory('/')
      let times = [new Uint8Array(0)]
      for (const part of steps) {
        if (part === 'sync') await file.sync()
        else await file.write(part.bytes, part.position)
        const now = Uint8Array.from(disk.files().get('/a') ?? [])
        times = part === 'sync' ? [now] : [...times, now]
      }
      const found = disk.crash().files().get('/a') ?? new Uint8Array(0)
      const sizes = times.map((bytes) => bytes.length)
      assert.ok(found.length >= Math.min(...sizes) && found.length <= Math.max(...sizes))
      for (let from = 0; from < found.length; from += 512) {
        const sector = sectorOf(found, from, found.length)
        assert.ok(times.map((bytes) => sectorOf(bytes, from, found.length)).includes(sector), `sector at ${from}`)
      }
    }),
    {seed, numRuns: times(300)}
  )
})

/** Bytes that a file did not have yet read as zeros; those beyond its size at the crash are not compared. */
function sectorOf(bytes: Uint8Array, from: number, size: number): string {
  const sector = new Uint8Array(Math.min(512, size - from))
  sector.set(bytes.subarray(from, from + sector.length))
  return Buffer.from(sector).toString('base64')
}

const anyPath = fc.constantFrom('/a', '/b', '/c', '/a/x', '/a/y', '/b/x', '/a/x/z', '/s', '/s/x')
/** Inside, outside and around: beside it, above it, to itself. */
const anyTarget = fc.constantFrom('a', 'b', 'a/x', '../a', './x', 's', 'none', '../../b')
const slot = fc.nat(1)
const anyHow = fc.constantFrom('read', 'read-unlinked', 'create', 'write')
const place = {position: fc.nat(40), length: fc.integer({min: 1, max: 40})}

/** What can be asked of a disk; a slot holds an open file. */
const operation = fc.oneof(
  fc.record({do: fc.constant('open' as const), path: anyPath, how: anyHow, slot}),
  fc.record({do: fc.constant('read' as const), slot, ...place}),
  fc.record({do: fc.constant('write' as const), slot, ...place}),
  fc.record({do: fc.constantFrom('sync', 'close', 'fstat'), slot}),
  fc.record({do: fc.constant('setAttributes' as const), slot, mode: fc.constantFrom(0o600, 0o640, 0o2750)}),
  fc.record({
    do: fc.constantFrom('stat', 'lstat', 'realPath', 'mayWrite', 'list', 'remove', 'syncDirectory'),
    path: anyPath
  }),
  fc.record({do: fc.constant('makeDirectory' as const), path: fc.constantFrom('/a', '/b', '/a/x', '/a/x/z', '/s')}),
  fc.record({do: fc.constantFrom('link', 'rename'), path: anyPath, to: anyPath}),
  // No operation of a disk, but something that others do to it.
  fc.record({do: fc.constant('putLink' as const), path: fc.constantFrom('/a', '/s', '/a/x'), target: anyTarget})
)

type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never

interface Side {
  readonly disk: Disk
  readonly root: string
  readonly slots: (OpenFile | undefined)[]
  readonly putLink: (path: string, target: string) => unknown
}

/** Does it and says what came of it, in words that are the same for every disk: the result, or the error's code. */
async function tried(asked: Operation, side: Side): Promise<unknown> {
  try {
    return 'slot' in asked ? await doToFile(asked, side) : await doToPath(asked, side)
  } catch (cause) {
    return reasonOf(cause)
  }
}

type OnFile = Extract<Operation, {slot: number}>
type OnPath = Exclude<Operation, {slot: number}>

async function doToFile(asked: OnFile, {disk, root, slots}: Side): Promise<unknown> {
  if (asked.do === 'open') {
    await slots[asked.slot]?.close()
    slots[asked.slot] = undefined
    slots[asked.slot] = await disk.open(root + asked.path, asked.how, 0o600)
    return 'open'
  }
  const file = slots[asked.slot]
  if (file === undefined) return 'no file'
  switch (asked.do) {
    case 'read': {
      const into = new Uint8Array(asked.length)
      return [await file.read(into, asked.position), [...into]]
    }
    case 'write':
      return file.write(new Uint8Array(asked.length).fill(asked.position + 1), asked.position)
    case 'fstat':
      return seen(await file.stat())
    case 'setAttributes': {
      const {uid, gid} = await file.stat()
      return file.setAttributes({uid, gid, mode: asked.mode})
    }
    case 'sync':
    case 'close':
      return file[asked.do]()
  }
}

async function doToPath(asked: OnPath, {disk, root, putLink}: Side): Promise<unknown> {
  const path = root + asked.path
  switch (asked.do) {
    case 'stat':
    case 'lstat':
      return seen(await disk[asked.do](path))
    case 'realPath':
      return (await disk.realPath(path))?.slice(root.length)
    case 'putLink':
      if (await isFree(disk, path)) await putLink(path, asked.target)
      return
    case 'list':
      return (await disk.list(path)).sort()
    case 'makeDirectory':
      return disk.makeDirectory(path, 0o700)
    case 'link':
    case 'rename':
      return disk[asked.do](path, root + asked.to)
    case 'mayWrite':
    case 'remove':
    case 'syncDirectory':
      return disk[asked.do](path)
  }
}

async function isFree(disk: Disk, path: string): Promise<boolean> {
  const folder = await disk.lstat(dirname(path))
  return folder?.kind === 'directory' && (await disk.lstat(path)) === undefined
}

/** Sizes and links of folders differ from one file system to the next. */
function seen(stat: Awaited<ReturnType<Disk['stat']>>): unknown {
  if (stat === undefined) return 'nothing'
  return stat.kind === 'directory' ? [stat.kind, stat.mode] : [stat.kind, stat.mode, stat.size, stat.links]
}

test('sim disk: answers every sequence of operations as the real disk does, error codes included', async () => {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'logcaster-sim-')))
  try {
    let runs = 0
    await fc.assert(
      fc.asyncProperty(fc.array(operation, {maxLength: 40, size: 'max'}), async (asked) => {
        const disk = realDisk()
        const sim = new SimDisk({seed})
        runs += 1
        const real: Side = {
          disk,
          root: join(parent, String(runs), 'root'),
          slots: [],
          putLink: (path, target) => symlink(target, path)
        }
        const simulated: Side = {
          disk: sim,
          root: '/root/root',
          slots: [],
          putLink: (path, target) => {
            sim.putLink(path, target)
          }
        }
        // Links may lead one folder up.
        for (const {disk, root} of [real, simulated]) {
          await disk.makeDirectory(dirname(root), 0o700)
          await disk.makeDirectory(root, 0o700)
        }
        try {
          for (const one of asked) {
            const told = await tried(one, simulated)
            assert.deepEqual(told, await tried(one, real), JSON.stringify(one))
          }
        } finally {
          for (const file of real.slots) await file?.close()
        }
      }),
      {seed, numRuns: times(300)}
    )
  } finally {
    await rm(parent, {recursive: true, force: true})
  }
})
