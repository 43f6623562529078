import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Verdict} from '../../src/checks/check.ts'
import {memOom, parseVictims} from '../../src/checks/mem-oom.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import {exited} from '../sim/processes.ts'
import {dayMs, verdictOf} from './context.ts'

const nowMs = Date.parse('2026-11-20T09:15:00Z')
const boot = 'c5f0e6a2-3f9b-4e0c-9d7a-0f7f6f3f8f11'

function machine(kills: number): SimHost {
  const host = simHost({seed: 1, nowMs})
  host.disk.putProc('/proc/vmstat', `pgfault 12345\noom_kill_disable 0\noom_kill ${kills}\n`)
  host.disk.putProc('/proc/sys/kernel/random/boot_id', `${boot}\n`)
  return host
}

function container(kills: number): SimHost {
  const host = machine(100)
  host.disk.putProc('/proc/self/cgroup', '0::/\n')
  host.disk.putProc('/sys/fs/cgroup/memory.max', '1000000\n')
  host.disk.putProc('/sys/fs/cgroup/memory.current', '1000\n')
  host.disk.putProc('/sys/fs/cgroup/memory.events', `oom ${kills}\noom_kill ${kills}\n`)
  return host
}

function read(host: SimHost, remembered?: Readonly<Record<string, unknown>>): Promise<Verdict> {
  return verdictOf(memOom, host, remembered === undefined ? {} : {remembered})
}

test('kills since the last run are critical, and none is well', async () => {
  for (const [now, count, status] of [
    [4, 0, 'ok'],
    [5, 1, 'critical'],
    [9, 5, 'critical']
  ] as const) {
    const verdict = await read(machine(now), {kills: 4, of: 'machine', boot})
    assert.deepEqual(verdict, {
      status,
      finding: {code: 'oom-kills', values: {count, sinceMs: nowMs - dayMs}},
      value: count,
      unit: 'kills',
      threshold: {warning: null, critical: '0'},
      evidence: [],
      remember: {kills: now, of: 'machine', boot}
    })
  }
})

test('after a reboot the counter began at zero, so that all it counts is new', async () => {
  const other = {kills: 4, of: 'machine', boot: 'other'}
  assert.equal((await read(machine(9), other)).value, 9)
  assert.equal((await read(machine(0), other)).status, 'ok')
  const sameButLess = {kills: 40, of: 'machine', boot}
  assert.equal((await read(machine(9), sameButLess)).value, 9)
})

test('inside a limited group its own counter counts, not that of the machine', async () => {
  const verdict = await read(container(3), {kills: 1, of: 'cgroup', boot})
  assert.deepEqual([verdict.value, verdict.remember], [2, {kills: 3, of: 'cgroup', boot}])
})

test('the first run, another counter than the last time, and a strange memory have nothing to compare with', async () => {
  const strange = [undefined, {}, {kills: '4', of: 'machine', boot}, {kills: 4, of: 'cgroup', boot}]
  for (const remembered of strange) {
    const verdict = await read(machine(7), remembered)
    assert.deepEqual([verdict.status, verdict.finding.code], ['skipped', 'no-history'])
    assert.deepEqual(verdict.remember, {kills: 7, of: 'machine', boot})
  }
  const moved = await read(container(7), {kills: 4, of: 'machine', boot})
  assert.equal(moved.status, 'skipped')
})

test('a kernel that does not count is told as such, and one without a boot id still compares', async () => {
  const verdict = await read(simHost({seed: 1}), {kills: 1, of: 'machine', boot})
  assert.deepEqual([verdict.status, verdict.finding.code], ['skipped', 'not-on-this-machine'])
  const host = simHost({seed: 1})
  host.disk.putProc('/proc/vmstat', 'oom_kill 5\n')
  assert.equal((await read(host, {kills: 3, of: 'machine', boot: ''})).value, 2)
})

// Recorded from `journalctl --dmesg --output=json` after real kills; the last process had named itself `a) b"c`.
const journal = [
  '{"__REALTIME_TIMESTAMP":"1795183659000000","MESSAGE":"node invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"}',
  '{"PRIORITY":"3","MESSAGE":"Out of memory: Killed process 8251 (MainThread) total-vm:33695304kB, anon-rss:23605944kB, file-rss:184kB, shmem-rss:0kB, UID:0 pgtables:49524kB oom_score_adj:0","SYSLOG_FACILITY":"0","_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"kernel","__REALTIME_TIMESTAMP":"1795183660205811"}',
  '{"SYSLOG_FACILITY":"0","__REALTIME_TIMESTAMP":"1795183661491647","_TRANSPORT":"kernel","MESSAGE":"Memory cgroup out of memory: Killed process 14819 (MainThread) total-vm:1393136kB, anon-rss:60492kB, file-rss:34540kB, shmem-rss:0kB, UID:0 pgtables:612kB oom_score_adj:0"}',
  '{"MESSAGE":"Memory cgroup out of memory: Killed process 15855 (a) b\\"c) total-vm:1327472kB, anon-rss:60484kB, file-rss:33664kB, shmem-rss:0kB, UID:0 pgtables:596kB oom_score_adj:0","__REALTIME_TIMESTAMP":"1795183690667873"}',
  ''
].join('\n')

const victims = [
  {code: 'oom-victim', values: {process: 'MainThread', pid: 8251, atMs: 1_795_183_660_205}},
  {code: 'oom-victim', values: {process: 'MainThread', pid: 14_819, atMs: 1_795_183_661_491}},
  {code: 'oom-victim', values: {process: 'a) b"c', pid: 15_855, atMs: 1_795_183_690_667}}
]

test('who was killed is read from the log of the kernel, whatever the process called itself', () => {
  assert.deepEqual(parseVictims(journal), victims)
})

test('the words of older kernels are understood', () => {
  const older = 'Killed process 77 (web server), UID 33, total-vm:1kB, anon-rss:1kB'
  const line = JSON.stringify({MESSAGE: older, __REALTIME_TIMESTAMP: '1000000'})
  const values = {process: 'web server', pid: 77, atMs: 1000}
  assert.deepEqual(parseVictims(line), [{code: 'oom-victim', values}])
})

test('lines that are cut, foreign or of another kind have no victims', () => {
  const foreign = [
    '',
    '{"MESSAGE":"Memory cgroup out of memory: Killed process 1 (x) total-vm:1kB',
    'Killed process 1 (x) total-vm:1kB',
    'null',
    '[]',
    '{"MESSAGE":[75,105],"__REALTIME_TIMESTAMP":"1"}',
    '{"MESSAGE":"Killed process x (y) total-vm:1kB"}',
    '{"__REALTIME_TIMESTAMP":"1"}'
  ]
  assert.deepEqual(parseVictims(foreign.join('\n')), [])
})

test('the journal is asked for the time since the last run, and only when somebody was killed', async () => {
  const host = machine(5)
  host.processes.script(['journalctl'], exited(0, journal))
  const verdict = await read(host, {kills: 4, of: 'machine', boot})
  assert.deepEqual(verdict.evidence, victims)
  const argv: readonly string[] = host.processes.runs[0]?.argv ?? []
  assert.ok(argv.includes(`--since=@${(nowMs - dayMs) / 1000}`))
  assert.equal(host.processes.runs.length, 1)
  await read(host, {kills: 5, of: 'machine', boot})
  assert.equal(host.processes.runs.length, 1)
})

test('of many victims the last ten are named', async () => {
  const host = machine(50)
  const line = (pid: number): string =>
    JSON.stringify({MESSAGE: `Killed process ${pid} (x) total-vm:1kB`, __REALTIME_TIMESTAMP: '1'})
  host.processes.script(['journalctl'], exited(0, Array.from({length: 40}, (_, pid) => line(pid)).join('\n')))
  const {evidence = []} = await read(host, {kills: 4, of: 'machine', boot})
  assert.deepEqual(
    evidence.map(({values}) => (values as {pid: number}).pid),
    [30, 31, 32, 33, 34, 35, 36, 37, 38, 39]
  )
})

test('S-02: without a journal, or with one that hangs, the kills are critical all the same', async () => {
  const hangs = machine(5)
  hangs.processes.script(['journalctl'], 'hangs')
  for (const host of [machine(5), hangs]) {
    const verdict = await read(host, {kills: 4, of: 'machine', boot})
    assert.deepEqual([verdict.status, verdict.evidence], ['critical', []])
    assert.ok(host.clock.elapsed() < 5000)
  }
})
