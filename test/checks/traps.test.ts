import assert from 'node:assert/strict'
import {test} from 'node:test'
import {exitCodeOf} from '../../src/base/ending.ts'
import type {Report} from '../../src/base/report.ts'
import {checks} from '../../src/checks/checks.ts'
import {dailyCheck} from '../../src/checks/daily.ts'
import {buildJournal} from '../ledger/entries.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import {answered} from '../sim/network.ts'
import {ended, exited, SimProcesses, type Script} from '../sim/processes.ts'
import {down, up} from '../sim/services.ts'
import {dayMs, hourMs, inTime, loadedWith, sceneOf} from './context.ts'
import {healthyHost, healthyPaths, healthySettings, httpAnswer, statLine} from './healthy.ts'

/** Whole runs against the traps that the scripts before this tool fell into. */
async function run(host: SimHost, set: readonly string[] = healthySettings): Promise<Report> {
  const request = {only: [], skip: [], profile: undefined, sinceMs: undefined, timeoutMs: undefined}
  const scene = await sceneOf(host, set)
  return inTime(host.clock, dailyCheck(scene, {...request, warningsPass: true, pingUrl: undefined}))
}

function statuses(report: Report): Record<string, string> {
  return Object.fromEntries(report.checks.map(({id, status}) => [id, status]))
}

const programs = ['stat', 'chronyc', 'timedatectl', 'journalctl', 'kubectl'] as const

const journalPath = '/srv/state/journal/00000001.jsonl'

/** One thing that is wrong on a machine that is otherwise well, by the check that has to see it. */
const faults: Readonly<Record<string, (host: SimHost) => void>> = {
  'service.state': ({services}) => {
    services.put('web.service', down({active: 'failed', result: 'exit-code', restarts: 2}))
  },
  'service.restarts': ({services}) => {
    services.put('web.service', up({restarts: 102}))
  },
  'port.ingest': ({network}) => {
    network.answer('192.0.2.7:9999', 'hangs')
  },
  'port.query': ({network}) => {
    network.answer('192.0.2.7:9998', answered('HTTP/1.1 400 Bad Request\r\n\r\n'))
  },
  'port.health': ({network}) => {
    network.answer('192.0.2.7:8080', answered(httpAnswer(503, '{"status":"unhealthy","durability":"commit"}')))
  },
  'disk.space': ({processes}) => {
    processes.script(['stat'], exited(0, statLine({free: 1})))
  },
  'disk.inodes': ({processes}) => {
    processes.script(['stat'], exited(0, statLine({inodesFree: 1})))
  },
  'disk.forecast': ({processes}) => {
    processes.script(['stat'], exited(0, statLine({free: 29_000})))
  },
  'mem.available': ({disk}) => {
    disk.putProc('/proc/meminfo', 'MemTotal: 1000000 kB\nMemFree: 900000 kB\nMemAvailable: 1 kB\n')
  },
  'mem.oom': ({disk}) => {
    disk.putProc('/proc/vmstat', 'oom_kill 5\n')
  },
  'load.pressure': ({disk}) => {
    disk.putProc('/proc/pressure/io', 'full avg10=0.00 avg60=0.00 avg300=99.00 total=1\n')
  },
  'fd.usage': ({disk}) => {
    disk.putProc('/proc/sys/fs/file-nr', '999 0 1000\n')
  },
  'log.errors': ({disk, clock}) => {
    const line = `${new Date(clock.now() - hourMs).toISOString()} ERROR something broke\n`
    disk.put('/srv/logs/web.log', line.repeat(500), {modifiedMs: clock.now() - 60_000})
  },
  'log.freshness': ({disk, clock}) => {
    disk.put('/srv/logs/web.log', 'INFO long ago\n', {modifiedMs: clock.now() - 30 * dayMs})
  },
  'cert.expiry': ({network, clock}) => {
    const answer = {status: 'answered', subject: 'web.test', issuer: 'An Authority', nameProblem: ''} as const
    const validity = {validFromMs: clock.now() - dayMs, validToMs: clock.now() + hourMs, chainProblem: ''}
    network.present('web.test:443', {...answer, ...validity})
  },
  'clock.sync': ({processes}) => {
    processes.script(['chronyc'], exited(0, '7F7F0101,,8,1.0,99.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,Normal\n'))
  },
  'k8s.pods': ({processes}) => {
    processes.script(['kubectl'], exited(0, 'List\nweb-1\tRunning\t\t\t\t\n'))
  },
  'runs.crashed': ({disk}) => {
    buildJournal({disk}, {segments: 1, stateFolder: '/srv/state', isBrokenOff: true})
  },
  'journal.integrity': ({disk}) => {
    const journal = disk.text(journalPath) ?? ''
    disk.put(journalPath, journal.replace('free-space', 'free-spade'))
  }
}

test('S-01: for every check there is a fault that only it sees, and it alone makes the run critical', async () => {
  assert.deepEqual(
    Object.keys(faults),
    checks.map(({id}) => id)
  )
  for (const [id, make] of Object.entries(faults)) {
    const host = healthyHost({seed: 1})
    make(host)
    const report = await run(host)
    assert.equal(report.checks.find((check) => check.id === id)?.status, 'critical', id)
    assert.equal(report.status, 'critical', id)
    assert.equal(exitCodeOf(report, 'check'), 2, id)
  }
})

test('S-01: of any two faults, neither makes the run better than critical', async () => {
  for (const [one, makeOne] of Object.entries(faults)) {
    for (const [other, makeOther] of Object.entries(faults)) {
      const host = healthyHost({seed: 1})
      makeOne(host)
      makeOther(host)
      assert.equal(exitCodeOf(await run(host), 'check'), 2, `${one} and ${other}`)
    }
  }
})

test('S-01: a machine of which nothing can be read is unknown, never well', async () => {
  for (const set of [[], healthySettings]) {
    const report = await run(simHost({seed: 1, manager: 'none'}), set)
    assert.deepEqual(
      report.checks.filter(({status}) => status === 'ok'),
      []
    )
    assert.notEqual(exitCodeOf(report, 'check'), 0)
  }
})

const brokenPrograms: readonly [how: string, script: Script | undefined][] = [
  ['missing', undefined],
  ['silent', 'hangs'],
  ['failing', exited(1, '', 'no\n')],
  ['killed', ended({how: 'signalled', signal: 'SIGKILL'})],
  ['not to be started', ended({how: 'refused', reason: 'EAGAIN'})],
  ['talking nonsense', exited(0, 'nonsense\n')]
]

for (const [how, script] of brokenPrograms) {
  test(`S-02: with every program ${how}, the run ends in time, and what needed them is not well`, async () => {
    const host = healthyHost({seed: 1})
    const processes = new SimProcesses({clock: host.clock})
    if (script !== undefined) for (const program of programs) processes.script([program], script)
    const report = await run({...host, processes})
    const told = statuses(report)
    for (const id of ['disk.space', 'k8s.pods']) assert.equal(told[id], 'unknown', id)
    for (const id of ['disk.inodes', 'disk.forecast', 'clock.sync']) assert.notEqual(told[id], 'ok', id)
    for (const id of ['service.state', 'port.query', 'mem.available', 'fd.usage']) assert.equal(told[id], 'ok', id)
    assert.equal(exitCodeOf(report, 'check'), 3)
    assert.ok(host.clock.elapsed() <= 12_000)
  })
}

test('S-02: the name of every program that is missing is told', async () => {
  const host = healthyHost({seed: 1})
  const report = await run({...host, processes: new SimProcesses({clock: host.clock})})
  const named = report.checks.flatMap(({id, finding: {code, values}}) =>
    code === 'program-missing' ? [[id, values]] : []
  )
  assert.deepEqual(named, [
    ['disk.space', {program: 'stat'}],
    ['disk.inodes', {program: 'stat'}],
    ['k8s.pods', {program: 'kubectl'}]
  ])
})

test('S-02: with nobody on the network answering, every check has its verdict within its deadline', async () => {
  const host = healthyHost({seed: 1})
  for (const port of [8080, 9998, 9999]) host.network.answer(`192.0.2.7:${port}`, 'hangs')
  host.network.present('web.test:443', 'hangs')
  for (const program of programs) host.processes.script([program], 'hangs')
  const report = await run(host)
  for (const {id, durationMs} of report.checks) assert.ok(durationMs <= 10_000, id)
  const told = statuses(report)
  for (const id of ['port.ingest', 'port.query', 'port.health', 'cert.expiry']) assert.equal(told[id], 'critical', id)
  assert.equal(host.clock.waiting, 0)
})

test('S-04: only programs of a fixed list are run, by name, with a search path that nobody can set', async () => {
  const evil = {PATH: '/tmp/evil:.', LD_PRELOAD: '/tmp/evil.so', KUBECONFIG: '/etc/kube.conf', BASH_ENV: '/tmp/evil.sh'}
  const nothing = (): void => undefined
  for (const make of [nothing, ...Object.values(faults)]) {
    const host = healthyHost({seed: 1, machine: {env: evil, cwd: '/tmp/evil'}})
    make(host)
    await run(host)
    for (const {argv, options} of host.processes.runs) {
      assert.ok((programs as readonly string[]).includes(argv[0]), argv[0])
      assert.equal(options.cwd, undefined)
      assert.deepEqual(options.env ?? {}, argv[0] === 'kubectl' ? {HOME: '/root', KUBECONFIG: '/etc/kube.conf'} : {})
      for (const word of argv) assert.doesNotMatch(word, /^\.|evil/)
    }
    assert.ok(host.processes.runs.length > 0)
  }
})

test('S-06: every threshold comes from the configuration: without any, the worst numbers alert nobody', async () => {
  const {checks: settings} = (await loadedWith()).config
  const limited = Object.entries(settings).filter(
    ([, one]) => typeof one === 'object' && one !== null && 'critical' in one
  )
  const ids = limited.map(([id]) => id)
  assert.ok(ids.length >= 12)
  const never = ids.flatMap((id) => [`checks.${id}.warning=null`, `checks.${id}.critical=null`])
  for (const id of ids) {
    const host = healthyHost({seed: 1})
    faults[id]?.(host)
    const result = (await run(host, [...healthySettings, ...never])).checks.find((check) => check.id === id)
    assert.equal(result?.status, 'ok', id)
    assert.deepEqual(result.threshold, {warning: null, critical: null}, id)
    assert.equal(typeof result.value, 'number', id)
  }
})

test('S-06: every threshold comes from the configuration: where all is alerted about, the best numbers are critical', async () => {
  const {checks: settings} = (await loadedWith()).config
  for (const [id, one] of Object.entries(settings)) {
    if (typeof one !== 'object' || one === null || !('critical' in one)) continue
    const report = await run(healthyHost({seed: 1}), [...healthySettings, `checks.${id}.critical=@~:`])
    const {critical, ...others} = Object.groupBy(report.checks, ({status}) => status)
    assert.deepEqual(
      critical?.map((check) => [check.id, check.threshold?.critical]),
      [[id, '@~:']]
    )
    assert.deepEqual(Object.keys(others), ['ok'])
  }
})

test('S-07, S-13: the paths that are looked at are exactly those of the configuration', async () => {
  const places = ['/elsewhere', '/srv'] as const
  for (const place of places) {
    const host = healthyHost({seed: 1})
    const line = `${new Date(host.clock.now() - hourMs).toISOString()} INFO all is well\n`
    host.disk.put(`${place}/logs/web.log`, line, {modifiedMs: host.clock.now() - hourMs})
    await run(
      host,
      healthySettings.map((setting) => setting.replace('/srv/', `${place}/`))
    )
    const own = [...host.disk.touched].filter((path) => !path.startsWith('/proc/') && !path.startsWith('/sys/'))
    // Root also asks who can write to the folders above.
    const state = own.filter((path) =>
      /^\/(?:srv)?$|^\/srv\/state(?:$|\/\.?daily-check\.json(?:\.\w+\.tmp)?$|\/journal[-/.\w]*$)/.test(path)
    )
    const logs = own.filter((path) => path === `${place}/logs` || path === `${place}/logs/web.log`)
    assert.deepEqual(own.toSorted(), [...state, ...logs].toSorted())
    assert.equal(logs.length, 2)
    const asked = host.processes.runs.filter(({argv}) => argv[0] === 'stat').map(({argv}) => argv.at(-1))
    assert.deepEqual(asked.toSorted(), healthyPaths.map((path) => path.replace('/srv/', `${place}/`)).toSorted())
  }
})

test('S-22: how many are connected the server itself says; no list of sockets is looked at', async () => {
  const host = healthyHost({seed: 1})
  const body = JSON.stringify({status: 'healthy', connections: 321, durability: 'commit'})
  for (const port of [8080, 9999]) host.network.answer(`192.0.2.7:${port}`, answered(httpAnswer(200, body)))
  const report = await run(host)
  const said = report.checks.flatMap(({evidence}) => evidence).filter(({code}) => code === 'server-connections')
  assert.deepEqual(
    said.map(({values}) => values),
    [{connections: 321}, {connections: 321}]
  )
  for (const {argv} of host.processes.runs) assert.ok(!['ss', 'netstat', 'lsof'].includes(argv[0]))
  for (const path of host.disk.touched) assert.doesNotMatch(path, /^\/proc\/(?:self\/)?net\b/)
})
