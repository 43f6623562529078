import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import type {Check, Verdict} from '../../src/checks/check.ts'
import {diskInodes} from '../../src/checks/disk-inodes.ts'
import {diskSpace, freePercentOf} from '../../src/checks/disk-space.ts'
import {mountOf, parseMounts} from '../../src/checks/mounts.ts'
import {simHost} from '../sim/host.ts'
import {exited, type Script} from '../sim/processes.ts'
import {verdictOf} from './context.ts'
import {statLine} from './healthy.ts'

interface Machine {
  /** What `stat` does for each path; others are not there. */
  readonly disks: Readonly<Record<string, Script>>
  readonly mounts?: string
  readonly set?: readonly string[]
}

const absent = exited(1, '', "stat: cannot read file system information for '…': No such file or directory\n")

function read(check: Check, {disks, mounts, set}: Machine): Promise<Verdict> {
  const host = simHost({seed: 1})
  host.processes.script(['stat'], ({argv}) => {
    const script = disks[argv.at(-1) ?? ''] ?? absent
    return typeof script === 'object' ? script : new Promise(() => undefined)
  })
  for (const [path, script] of Object.entries(disks)) {
    if (script === 'hangs') host.processes.script(statArgv(path), 'hangs')
  }
  if (mounts !== undefined) host.disk.putProc('/proc/self/mounts', mounts)
  return verdictOf(check, host, set === undefined ? {} : {set})
}

function statArgv(path: string): string[] {
  return ['stat', '-L', '-f', '-c', '%i %S %b %f %a %c %d', '--', path]
}

function told(verdict: Verdict): string[] {
  return [verdict.finding, ...(verdict.evidence ?? [])].map(
    ({code, values}) => `${code} ${'path' in values ? values.path : ''}`
  )
}

test('S-10: free space has a verdict, by the share that is left', async () => {
  for (const [free, status] of [
    [20_000, 'ok'],
    [19_999, 'warning'],
    [10_000, 'warning'],
    [9999, 'critical'],
    [0, 'critical']
  ] as const) {
    const verdict = await read(diskSpace, {disks: {'/': exited(0, statLine({free}))}})
    assert.equal(verdict.status, status, String(free))
    assert.deepEqual(verdict.threshold, {warning: '20%:', critical: '10%:'})
    assert.deepEqual([verdict.value, verdict.unit], [Math.round(free / 100) / 10, '%'])
    const freePercent = (free / 100_000) * 100
    const values = {path: '/', freePercent, freeBytes: free * 4096, totalBytes: 409_600_000}
    assert.deepEqual(verdict.finding, {code: 'disk-free', values})
  }
})

test('S-10: inodes have a verdict of their own: a disk with room for bytes may have none for files', async () => {
  for (const [inodesFree, status] of [
    [20_000, 'ok'],
    [19_999, 'warning'],
    [9999, 'critical']
  ] as const) {
    const disks = {'/': exited(0, statLine({inodesFree}))}
    const verdict = await read(diskInodes, {disks})
    assert.deepEqual([verdict.status, verdict.finding.code], [status, 'inodes-free'])
    assert.equal((await read(diskSpace, {disks})).status, 'ok')
  }
})

test('a file system that does not count its inodes never runs out of them', async () => {
  const verdict = await read(diskInodes, {disks: {'/': exited(0, 'a1 4096 10 5 5 0 0\n')}})
  assert.deepEqual([verdict.status, verdict.value], ['ok', undefined])
  assert.deepEqual(verdict.finding, {code: 'inodes-unlimited', values: {path: '/'}})
})

test('S-10: a mount that hangs is unknown by its path, and the other disks are judged', async () => {
  const set = ['checks.disk.space.paths=/mnt/dead,/mnt/full']
  const full = exited(0, statLine({free: 1, id: 'b2'}))
  const both = {'/': exited(0, statLine()), '/mnt/dead': 'hangs', '/mnt/full': full} as const
  const verdict = await read(diskSpace, {disks: both, set})
  assert.equal(verdict.status, 'critical')
  assert.deepEqual(told(verdict), ['disk-free /mnt/full', 'mount-silent /mnt/dead', 'disk-free /'])
  const alone = await read(diskInodes, {
    disks: {'/': exited(0, statLine()), '/mnt/dead': 'hangs', '/mnt/full': full},
    set
  })
  assert.deepEqual([alone.status, alone.value], ['unknown', undefined])
  assert.deepEqual(alone.finding, {code: 'mount-silent', values: {path: '/mnt/dead', afterMs: 3000}})
})

test('the fullest disk speaks, the others stand behind it in order', async () => {
  const disks = {
    '/': exited(0, statLine({free: 50_000})),
    '/mnt/a': exited(0, statLine({free: 5000, id: 'b2'})),
    '/mnt/b': exited(0, statLine({free: 4000, id: 'c3'})),
    '/mnt/c': exited(0, statLine({free: 15_000, id: 'd4'}))
  }
  const verdict = await read(diskSpace, {disks, set: ['checks.disk.space.paths=/mnt/a,/mnt/b,/mnt/c']})
  assert.deepEqual(told(verdict), ['disk-free /mnt/b', 'disk-free /mnt/a', 'disk-free /mnt/c', 'disk-free /'])
  assert.equal(verdict.value, 4)
})

test('one disk under several paths is told once', async () => {
  const one = exited(0, statLine({free: 15_000}))
  // Something is writing while they are looked at one after another.
  const same = exited(0, statLine({free: 14_990, inodesFree: 59_999}))
  const disks = {'/': one, '/srv/data': same, '/mnt/b': exited(0, statLine({free: 15_000, id: 'b2'}))}
  for (const check of [diskSpace, diskInodes]) {
    const verdict = await read(check, {disks, set: ['paths.data=/srv/data', 'checks.disk.space.paths=/mnt/b']})
    const paths = new Set(told(verdict).map((text) => text.split(' ')[1]))
    assert.equal(paths.has('/srv/data'), false)
    assert.equal(told(verdict).length, 2)
  }
})

test('a path that somebody set and that is not there is critical, with the setting that names it', async () => {
  const disks = {'/': exited(0, statLine())}
  const verdict = await read(diskSpace, {disks, set: ['paths.data=/srv/data']})
  assert.deepEqual([verdict.status, verdict.value], ['critical', undefined])
  assert.deepEqual(verdict.finding, {code: 'path-missing', values: {path: '/srv/data', setting: 'paths.data'}})
})

test('a default path that is not there is no fault: the disk it would be on is looked at', async () => {
  const verdict = await read(diskSpace, {
    disks: {'/': exited(0, statLine()), '/var': exited(0, statLine({free: 1, id: 'b2'}))}
  })
  assert.deepEqual(told(verdict), ['disk-free /var', 'disk-free /'])
})

test('S-02: without stat nothing is known, and the name of what is missing is told', async () => {
  for (const check of [diskSpace, diskInodes]) {
    const verdict = await verdictOf(check, simHost({seed: 1}))
    assert.deepEqual(
      [verdict.status, verdict.finding],
      ['unknown', {code: 'program-missing', values: {program: 'stat'}}]
    )
    assert.deepEqual(verdict.evidence, [])
  }
})

test('a path that may not be looked at is unknown, with what was said', async () => {
  const denied = exited(1, '', 'stat: Permission denied\n')
  const verdict = await read(diskSpace, {
    disks: {'/': exited(0, statLine()), '/srv/data': denied},
    set: ['paths.data=/srv/data']
  })
  assert.equal(verdict.status, 'unknown')
  assert.deepEqual(verdict.finding, {
    code: 'not-readable',
    values: {path: '/srv/data', reason: 'stat: Permission denied'}
  })
})

test('a disk that turned read-only cannot be written, however empty it is', async () => {
  const set = ['paths.data=/srv/data/deep', 'paths.logs=/srv/logs', 'paths.config=/srv/config']
  const disk = exited(0, statLine())
  const disks = {'/': disk, '/srv/data/deep': disk, '/srv/logs': disk, '/srv/config': disk}
  for (const options of ['ro,relatime', 'rw,relatime,emergency_ro']) {
    const mounts = `/dev/vda / ext4 rw 0 0\n/dev/vdb /srv/data ext4 ${options} 0 0\n/dev/vdc /srv/logs xfs rw 0 0\n`
    const verdict = await read(diskSpace, {disks, mounts, set})
    assert.deepEqual([verdict.status, verdict.value], ['critical', undefined])
    assert.deepEqual(verdict.finding, {
      code: 'disk-read-only',
      values: {path: '/srv/data/deep', mount: '/srv/data'}
    })
    assert.deepEqual(told(verdict), ['disk-read-only /srv/data/deep', 'disk-free /'])
  }
})

test('the root of a container may be read-only on purpose; what somebody put on it may not', async () => {
  const disk = exited(0, statLine())
  const mounts = 'overlay / overlay ro,relatime 0 0\n'
  assert.equal((await read(diskSpace, {disks: {'/': disk}, mounts})).status, 'ok')
  const set = ['paths.data=/srv/data']
  const verdict = await read(diskSpace, {disks: {'/': disk, '/srv/data': disk}, mounts, set})
  assert.deepEqual([verdict.status, verdict.finding.code], ['critical', 'disk-read-only'])
  const config = ['paths.config=/srv/data']
  assert.equal((await read(diskSpace, {disks: {'/': disk, '/srv/data': disk}, mounts, set: config})).status, 'ok')
})

test('a file system without any blocks, as /proc is one, has nothing free', () => {
  const nothing = {id: 'a1', totalBytes: 0, usedBytes: 0, availableBytes: 0, inodes: 0, inodesFree: 0}
  assert.equal(freePercentOf(nothing), 0)
})

test('blocks kept for root are not free to anybody else: the share is that of df', () => {
  const space = {id: 'a1', totalBytes: 1000, usedBytes: 500, availableBytes: 450, inodes: 0, inodesFree: 0}
  assert.equal(freePercentOf(space), (450 / 950) * 100)
})

test('the share of free space is between none and all, whatever the numbers', () => {
  const bytes = fc.nat()
  fc.assert(
    fc.property(bytes, bytes, (usedBytes, availableBytes) => {
      const percent = freePercentOf({id: 'a1', usedBytes, availableBytes, totalBytes: 0, inodes: 0, inodesFree: 0})
      assert.ok(percent >= 0 && percent <= 100)
    })
  )
})

// Recorded on a machine with one disk and the older control groups; the third field of a line is the kind.
const recorded = `proc /proc proc rw,relatime 0 0
devtmpfs /dev devtmpfs rw,relatime,size=12334460k,nr_inodes=3083615,mode=755 0 0
/dev/vda / ext4 rw,relatime,discard,resv_strict,resuid=65534,resgid=65534 0 0
tmpfs /opt/tool/v1 tmpfs ro,nosuid,nodev,relatime,size=4k,mode=755 0 0
//srv/share /mnt/with\\040a\\040blank\\134 cifs rw 0 0
`

test('mounts are read from the list of the kernel, with blanks in their paths', () => {
  const mounts = parseMounts(`${recorded}\nbroken line\n`)
  assert.deepEqual(
    mounts.map(({point, isReadOnly}) => [point, isReadOnly]),
    [
      ['/proc', false],
      ['/dev', false],
      ['/', false],
      ['/opt/tool/v1', true],
      ['/mnt/with a blank\\', false]
    ]
  )
  assert.deepEqual(parseMounts(''), [])
})

test('a path is on the deepest mount above it, and on the last one where several cover each other', () => {
  const mounts = parseMounts('a / x rw\nb /srv x rw\nc /srv/data x rw\nd /srv/data x ro\n')
  const pointOf = (path: string): string => JSON.stringify(mountOf(path, mounts))
  assert.equal(pointOf('/srv/data'), pointOf('/srv/data/deep/er'))
  assert.deepEqual(mountOf('/srv/data/deep', mounts), {point: '/srv/data', isReadOnly: true})
  assert.deepEqual(mountOf('/srv/database', mounts), {point: '/srv', isReadOnly: false})
  assert.deepEqual(mountOf('/srvice', mounts), {point: '/', isReadOnly: false})
  assert.equal(mountOf('/srv', []), undefined)
})
