import assert from 'node:assert/strict'
import {test} from 'node:test'
import {memoryGroup} from '../../src/checks/cgroup.ts'
import type {Verdict} from '../../src/checks/check.ts'
import {memAvailable} from '../../src/checks/mem-available.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import {verdictOf} from './context.ts'

const mib = 2 ** 20

function hostWith(files: Readonly<Record<string, string>>): SimHost {
  const host = simHost({seed: 1})
  for (const [path, text] of Object.entries(files)) host.disk.putProc(path, text)
  return host
}

function read(files: Readonly<Record<string, string>>): Promise<Verdict> {
  return verdictOf(memAvailable, hostWith(files))
}

/** 1000 MiB, of which the given part can be had; hardly anything is free, as on every machine that is used. */
function meminfo(availableMib: number): Record<string, string> {
  const lines = [
    `MemTotal:       ${1000 * 1024} kB`,
    'MemFree:         1024 kB',
    `MemAvailable:   ${availableMib * 1024} kB`
  ]
  return {'/proc/meminfo': `${lines.join('\n')}\nBuffers:           23172 kB\nCached:           459668 kB\n`}
}

test('S-11: what can be had decides, not what is free: file cache is given back', async () => {
  for (const [availableMib, status, value] of [
    [900, 'ok', 90],
    [200, 'ok', 20],
    [199, 'warning', 19.9],
    [50, 'warning', 5],
    [49, 'critical', 4.9]
  ] as const) {
    const verdict = await read(meminfo(availableMib))
    assert.deepEqual([verdict.status, verdict.value, verdict.unit], [status, value, '%'])
    assert.deepEqual(verdict.threshold, {warning: '20%:', critical: '5%:'})
    const values = {
      availablePercent: (availableMib / 1000) * 100,
      availableBytes: availableMib * mib,
      totalBytes: 1000 * mib,
      limitedBy: 'machine'
    }
    assert.deepEqual(verdict.finding, {code: 'memory-available', values})
  }
})

test('S-11: a kernel that does not say what can be had leaves it unknown, and is not guessed for', async () => {
  for (const text of [
    '',
    'MemTotal: 1000 kB\nMemFree: 900 kB\n',
    'MemAvailable: 5 kB\n',
    'MemTotal: 0 kB\nMemAvailable: 0 kB\n'
  ]) {
    const verdict = await read({'/proc/meminfo': text})
    assert.deepEqual(
      [verdict.status, verdict.finding],
      ['unknown', {code: 'not-readable', values: {path: '/proc/meminfo', reason: 'MemAvailable'}}]
    )
  }
  assert.equal((await read({})).status, 'unknown')
})

// As the unified tree shows them in a container: the group of the process is its root, and the numbers are in bytes.
function groupV2(folder: string, limits: {max: string; usedMib: number; cacheMib?: number}): Record<string, string> {
  const {max, usedMib, cacheMib = 0} = limits
  return {
    [`${folder}/memory.max`]: `${max}\n`,
    [`${folder}/memory.current`]: `${usedMib * mib}\n`,
    [`${folder}/memory.stat`]: `anon 4096\nfile 0\nactive_file 777\ninactive_file ${cacheMib * mib}\n`,
    [`${folder}/memory.events`]: 'low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n'
  }
}

test('S-11: in a container its limit counts, without the file cache in it', async () => {
  const container = groupV2('/sys/fs/cgroup', {max: String(100 * mib), usedMib: 95, cacheMib: 45})
  const verdict = await read({...meminfo(900), '/proc/self/cgroup': '0::/\n', ...container})
  assert.deepEqual([verdict.status, verdict.value], ['ok', 50])
  const values = {availablePercent: 50, availableBytes: 50 * mib, totalBytes: 100 * mib, limitedBy: 'cgroup'}
  assert.deepEqual(verdict.finding, {code: 'memory-available', values})
})

test('S-11: a group above ours may be the tighter one, and then it counts', async () => {
  const files = {
    '/proc/self/cgroup': '0::/system.slice/web.service\n',
    ...groupV2('/sys/fs/cgroup/system.slice', {max: String(200 * mib), usedMib: 196}),
    ...groupV2('/sys/fs/cgroup/system.slice/web.service', {max: String(100 * mib), usedMib: 10})
  }
  const verdict = await read({...meminfo(900), ...files})
  assert.deepEqual([verdict.status, verdict.value], ['critical', 2])
})

test('S-11: a group without a limit, or with one above the machine, leaves the machine to decide', async () => {
  for (const max of ['max', String(5000 * mib)]) {
    const group = groupV2('/sys/fs/cgroup/a', {max, usedMib: 990})
    const verdict = await read({...meminfo(300), '/proc/self/cgroup': '0::/a\n', ...group})
    assert.deepEqual([verdict.value, verdict.finding.code], [30, 'memory-available'])
  }
})

test('S-11: what the group may still take, the machine must still have', async () => {
  const group = groupV2('/sys/fs/cgroup', {max: String(800 * mib), usedMib: 100})
  const verdict = await read({...meminfo(40), '/proc/self/cgroup': '0::/\n', ...group})
  assert.deepEqual([verdict.status, verdict.value], ['warning', 5])
})

test('S-11: a group that is over its limit has nothing left, not less than nothing', async () => {
  const group = groupV2('/sys/fs/cgroup', {max: String(100 * mib), usedMib: 120})
  const verdict = await read({...meminfo(900), '/proc/self/cgroup': '0::/\n', ...group})
  assert.deepEqual([verdict.status, verdict.value], ['critical', 0])
})

// Recorded in a service with MemoryMax=60M on a machine with the older control groups.
const serviceV1 = {
  '/proc/self/cgroup': [
    '9:name=systemd:/system.slice/web.service',
    '8:pids:/system.slice/web.service',
    '4:memory:/system.slice/web.service',
    '2:cpuacct,cpu:/system.slice/web.service',
    '0::/system.slice/web.service\n'
  ].join('\n'),
  '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
  '/sys/fs/cgroup/memory/memory.usage_in_bytes': '963792896\n',
  '/sys/fs/cgroup/memory/system.slice/web.service/memory.limit_in_bytes': '62914560\n',
  '/sys/fs/cgroup/memory/system.slice/web.service/memory.usage_in_bytes': '52428800\n',
  '/sys/fs/cgroup/memory/system.slice/web.service/memory.stat': 'cache 4096\ntotal_inactive_file 20971520\n',
  '/sys/fs/cgroup/memory/system.slice/web.service/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n'
}

test('S-11: the older control groups say the same in other words', async () => {
  const verdict = await read({...meminfo(900), ...serviceV1})
  assert.deepEqual([verdict.status, verdict.value], ['ok', 50])
  assert.deepEqual(await memoryGroup(hostWith(serviceV1)), {limitBytes: 60 * mib, usedBytes: 30 * mib, oomKills: 3})
})

test('memory of several controllers in one tree is found, and a line that is none does no harm', async () => {
  const own = serviceV1['/proc/self/cgroup'].replace('4:memory:', '4:cpu,memory:')
  const files = {...serviceV1, '/proc/self/cgroup': `nonsense\n4\n${own}`}
  assert.equal((await memoryGroup(hostWith(files)))?.limitBytes, 60 * mib)
})

test('S-11: where neither tree has a limit there is no group to speak of', async () => {
  for (const own of ['', '0::/\n', '4:memory:/a\n0::/a\n', '1:name=systemd:/\n']) {
    assert.equal(await memoryGroup(hostWith({'/proc/self/cgroup': own})), undefined, own)
  }
  assert.equal(await memoryGroup(simHost({seed: 1})), undefined)
  const unlimited = {...serviceV1}
  unlimited['/sys/fs/cgroup/memory/system.slice/web.service/memory.limit_in_bytes'] = '9223372036854771712\n'
  assert.equal(await memoryGroup(hostWith(unlimited)), undefined)
})

test('a group whose files are there in part has no kills and no cache to tell', async () => {
  const v2 = {
    '/proc/self/cgroup': '0::/\n',
    '/sys/fs/cgroup/memory.max': '1000\n',
    '/sys/fs/cgroup/memory.current': '400\n'
  }
  assert.deepEqual(await memoryGroup(hostWith(v2)), {limitBytes: 1000, usedBytes: 400, oomKills: undefined})
  const v1 = {
    '/proc/self/cgroup': '4:memory:/\n',
    '/sys/fs/cgroup/memory/memory.limit_in_bytes': '1000\n',
    '/sys/fs/cgroup/memory/memory.usage_in_bytes': '400\n'
  }
  assert.deepEqual(await memoryGroup(hostWith(v1)), {limitBytes: 1000, usedBytes: 400, oomKills: undefined})
})
