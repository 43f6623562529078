import assert from 'node:assert/strict'
import {test} from 'node:test'
import {exitCodeOf} from '../../src/base/ending.ts'
import {Faults} from '../../src/base/fault.ts'
import type {Report} from '../../src/base/report.ts'
import {checks} from '../../src/checks/checks.ts'
import {dailyCheck, listChecks, type DailyRequest} from '../../src/checks/daily.ts'
import {loadAs} from '../../src/config/load.ts'
import {schema} from '../../src/config/schema.ts'
import type {Disk} from '../../src/host/disk.ts'
import {documentOf} from '../../src/text/document.ts'
import {junitOf} from '../../src/text/junit.ts'
import {faultLines, linesOf} from '../../src/text/lines.ts'
import {nagiosOf} from '../../src/text/nagios.ts'
import {styleOf} from '../../src/text/style.ts'
import type {SimHost} from '../sim/host.ts'
import {exited} from '../sim/processes.ts'
import {seedFromEnvironment} from '../sim/random.ts'
import {down, up} from '../sim/services.ts'
import {dayMs, hourMs, inTime, loadedWith, sceneOf} from './context.ts'
import {healthyHost, healthySettings, statLine} from './healthy.ts'

const statePath = '/srv/state/daily-check.json'

const everything: DailyRequest = {
  only: [],
  skip: [],
  profile: undefined,
  sinceMs: undefined,
  timeoutMs: undefined,
  warningsPass: false,
  pingUrl: undefined
}

interface Wish extends Partial<DailyRequest> {
  readonly set?: readonly string[]
  readonly stop?: AbortSignal
  /** In place of the host's own. */
  readonly disk?: Disk
}

async function run(host: SimHost, {set = [], stop, disk = host.disk, ...request}: Wish = {}): Promise<Report> {
  const scene = await sceneOf({...host, disk}, [...healthySettings, ...set], stop)
  return inTime(host.clock, dailyCheck(scene, {...everything, ...request}))
}

function statusOf(report: Report, id: string): string | undefined {
  return report.checks.find((check) => check.id === id)?.status
}

function codes(faults: readonly {readonly code: string}[]): string[] {
  return faults.map(({code}) => code)
}

test('daily-check: on a sound machine every check has read something and all is well', async () => {
  const host = healthyHost({seed: 1})
  const report = await run(host)
  const told = report.checks.map(({id, status}) => `${id} ${status}`)
  assert.deepEqual(
    told,
    checks.map(({id}) => `${id} ok`)
  )
  assert.deepEqual([report.command, report.status, report.warnings, report.errors], ['daily-check', 'ok', [], []])
  assert.equal(exitCodeOf(report, 'check'), 0)
  assert.equal(host.clock.waiting, 0)
})

test('daily-check: it writes nothing but its own memory, which a second run compares with', async () => {
  const host = healthyHost({seed: 1})
  const before = host.disk.files()
  const first = await run(host)
  assert.deepEqual(first.changed, [])
  const after = host.disk.files()
  assert.deepEqual([...after.keys()].toSorted(), [...before.keys()].toSorted())
  const different = [...after].filter(([path, bytes]) => !Buffer.from(bytes).equals(before.get(path) ?? Buffer.of()))
  assert.deepEqual(
    different.map(([path]) => path),
    [statePath]
  )
  host.services.put('web.service', up({restarts: 9}))
  await host.clock.advance(dayMs)
  const second = await run(host, {only: ['service.restarts']})
  assert.deepEqual([second.checks[0]?.value, second.status], [7, 'critical'])
})

test('daily-check: what a run of some checks does not look at stays remembered', async () => {
  const host = healthyHost({seed: 1})
  await run(host, {only: ['service.restarts']})
  const state = JSON.parse(host.disk.text(statePath) ?? '') as {checks: Record<string, {at_ms: number}>}
  const nowMs = host.clock.now()
  assert.deepEqual(
    Object.entries(state.checks).map(([id, {at_ms: atMs}]) => [id, atMs]),
    [
      ['service.restarts', nowMs],
      ['mem.oom', nowMs - dayMs],
      ['disk.forecast', nowMs - dayMs]
    ]
  )
})

test('daily-check: a run that has nothing to remember does not write', async () => {
  const host = healthyHost({seed: 1, failAfter: 1, error: 'EROFS'})
  const report = await run(host, {only: ['service.state', 'disk.space']})
  assert.deepEqual([report.status, report.warnings], ['ok', []])
})

test('daily-check: trouble with its memory is a warning beside the verdict, which stays', async () => {
  const wish = {only: ['service.state', 'mem.oom']}
  const newer = healthyHost({seed: 1})
  newer.disk.seed({[statePath]: '{"format":99}'})
  const damaged = healthyHost({seed: 1})
  damaged.disk.seed({[statePath]: '{'})
  const full = healthyHost({seed: 1, failAfter: 1, error: 'ENOSPC'})
  for (const [host, code] of [
    [newer, 'state-newer'],
    [damaged, 'state-damaged'],
    [full, 'state-unwritable']
  ] as const) {
    const report = await run(host, wish)
    assert.deepEqual(codes(report.warnings), [code])
    assert.equal(report.status, 'ok', code)
  }
  assert.equal(newer.disk.text(statePath), '{"format":99}')
})

test('daily-check: whichever disk operation fails, the verdict on what is not on this disk is the same', async () => {
  const seed = seedFromEnvironment()
  const wish = {only: ['service.*', 'port.*']}
  const old = healthyHost({seed}).disk.text(statePath)
  for (let failAt = 1; ; failAt += 1) {
    const host = healthyHost({seed, failAt})
    host.services.put('web.service', up({restarts: 4}))
    host.network.answer('192.0.2.7:9998', {status: 'unreachable', reason: 'ECONNREFUSED'})
    const report = await run(host, wish)
    const label = `SEED=${seed} failAt=${failAt} ${String(host.disk.failedOperation)}`
    assert.equal(report.status, 'critical', label)
    const told = ['service.state', 'port.ingest', 'port.query', 'port.health'].map((id) => statusOf(report, id))
    assert.deepEqual(told, ['ok', 'ok', 'critical', 'ok'], label)
    // Without a memory there is nothing to compare with; that is said, and nothing else is changed by it.
    const restarts = statusOf(report, 'service.restarts')
    const isForgotten = report.warnings.some(({code}) => code === 'file-unreadable')
    assert.equal(restarts, isForgotten ? 'skipped' : 'warning', label)
    const found = host.disk.crash().text(statePath)
    const isNew = found?.includes('"restarts":4') === true
    assert.ok(isNew || (found === old && report.warnings.length === 1), label)
    if (!host.disk.failed) break
  }
})

test('daily-check: warnings of the configuration are told with the report', async () => {
  const host = healthyHost({seed: 1})
  const scene = await sceneOf(host, healthySettings)
  const env = {LOGCASTER_PATHS_DTA: '/x'}
  const loaded = await loadAs(schema, {file: undefined, env, overrides: healthySettings, knownChecks: []})
  assert.equal(loaded.warnings.length, 1)
  const report = await inTime(host.clock, dailyCheck({...scene, loaded}, {...everything, only: ['service.state']}))
  assert.deepEqual(report.warnings, loaded.warnings)
})

test('daily-check: unknown ids are refused before anything is looked at', async () => {
  const host = healthyHost({seed: 1})
  await assert.rejects(run(host, {only: ['disk.spcae'], skip: ['nonsense']}), (error: unknown) => {
    assert.ok(error instanceof Faults)
    assert.equal(error.all.length, 2)
    return true
  })
  assert.deepEqual([host.disk.operations, host.processes.runs], [0, []])
})

test('daily-check: a check left out by the configuration is shown and not judged, until its day is over', async () => {
  const skip = 'checks.skip=[{"id": "service.state", "reason": "moving", "until": "2026-11-20"}]'
  const host = healthyHost({seed: 1, nowMs: Date.parse('2026-11-20T23:59:59Z')})
  host.services.put('web.service', down({active: 'failed'}))
  const wish = {set: [skip], only: ['service.state', 'fd.usage']}
  const report = await run(host, wish)
  assert.deepEqual([statusOf(report, 'service.state'), report.status], ['skipped', 'ok'])
  await host.clock.advance(1000)
  const next = await run(host, wish)
  assert.deepEqual([statusOf(next, 'service.state'), next.status], ['critical', 'critical'])
})

test('daily-check: --since moves the start of the window, and the setting does without it', async () => {
  const host = healthyHost({seed: 1})
  const lines = [2, 5, 30].map((hours) => `${new Date(host.clock.now() - hours * hourMs).toISOString()} ERROR broken\n`)
  host.disk.put('/srv/logs/web.log', lines.toReversed().join(''), {modifiedMs: host.clock.now()})
  const errors = async (wish: Wish): Promise<unknown> =>
    (await run(host, {only: ['log.errors'], ...wish})).checks[0]?.value
  assert.equal(await errors({sinceMs: 3 * hourMs}), 1)
  assert.equal(await errors({}), 2)
  assert.equal(await errors({set: ['checks.since=2d']}), 3)
})

test('daily-check: --timeout ends the whole run, and what was not seen by then is unknown', async () => {
  const host = healthyHost({seed: 1})
  host.network.answer('192.0.2.7:9998', 'hangs')
  host.processes.script(['kubectl'], 'hangs')
  const report = await run(host, {timeoutMs: 700})
  const unknown = report.checks.filter(({status}) => status === 'unknown')
  assert.deepEqual(
    unknown.map(({id, finding, durationMs}) => [id, finding.code, durationMs]),
    [
      ['port.query', 'check-timed-out', 700],
      ['k8s.pods', 'check-timed-out', 700]
    ]
  )
  assert.deepEqual(unknown[0]?.finding.values, {deadlineMs: 700})
  assert.equal(report.status, 'unknown')
  assert.equal(host.clock.waiting, 0)
})

test('daily-check: a timeout longer than the deadline of a check does not lengthen that', async () => {
  const host = healthyHost({seed: 1})
  host.network.answer('192.0.2.7:9998', 'hangs')
  const set = ['checks.deadline=2s', 'checks.port.connect=30s']
  const report = await run(host, {timeoutMs: 60_000, set, only: ['port.query']})
  assert.deepEqual([report.checks[0]?.durationMs, report.status], [2000, 'unknown'])
  assert.equal(host.clock.waiting, 0)
})

/** The folder of the memory as on a dead mount: from some operation on, what touches it never comes back. */
function stuck(host: SimHost, isStuck: (operation: string) => boolean): Disk {
  return new Proxy<Disk>(host.disk, {
    get: (disk, name: keyof Disk) => {
      return (path: string, ...rest: unknown[]): unknown => {
        const operation = name === 'open' ? String(rest[0]) : name
        if (path.startsWith('/srv/state') && isStuck(operation)) return new Promise(() => undefined)
        const act = Reflect.get(disk, name) as (...given: unknown[]) => unknown
        return act.call(disk, path, ...rest)
      }
    }
  })
}

test('daily-check: a memory on a dead mount costs the comparison, not the verdict, and not the time of the run', async () => {
  const reads = healthyHost({seed: 1})
  const wish = {only: ['fd.usage', 'service.restarts'], timeoutMs: 4000}
  const forgetful = await run(reads, {...wish, disk: stuck(reads, () => true)})
  assert.deepEqual(codes(forgetful.warnings), ['file-unreadable'])
  assert.deepEqual([statusOf(forgetful, 'fd.usage'), statusOf(forgetful, 'service.restarts')], ['ok', 'skipped'])
  assert.ok(reads.clock.elapsed() < 4000)
  const writes = healthyHost({seed: 1})
  const unsaved = await run(writes, {...wish, disk: stuck(writes, (operation) => operation === 'create')})
  assert.deepEqual(codes(unsaved.warnings), ['state-unwritable'])
  assert.deepEqual([statusOf(unsaved, 'fd.usage'), statusOf(unsaved, 'service.restarts')], ['ok', 'ok'])
  assert.ok(writes.clock.elapsed() <= 4100)
  assert.deepEqual([reads.clock.waiting, writes.clock.waiting], [0, 0])
})

test('daily-check: without --timeout the deadline of a check holds for the memory, and a signal ends the waiting', async () => {
  const host = healthyHost({seed: 1})
  const disk = stuck(host, () => true)
  const only = ['fd.usage']
  assert.deepEqual(codes((await run(host, {only, disk})).warnings), ['file-unreadable'])
  const stop = new AbortController()
  const atMs = host.clock.elapsed()
  host.clock.after(300, () => {
    stop.abort('SIGTERM')
  })
  const stopped = await run(host, {only, disk, stop: stop.signal})
  assert.deepEqual(stopped.warnings[0]?.values, {path: statePath, reason: 'aborted'})
  assert.ok(host.clock.elapsed() - atMs < 500)
  assert.equal(host.clock.waiting, 0)
})

test('daily-check: the call of the address gets what is left of the time, and a second where nothing is', async () => {
  for (const [timeoutMs, endMs] of [
    [3000, 3000],
    [700, 1700]
  ] as const) {
    const host = healthyHost({seed: 1})
    host.network.pinged = 'hangs'
    host.processes.script(['kubectl'], 'hangs')
    const only = timeoutMs === 700 ? ['k8s.pods'] : ['fd.usage']
    const report = await run(host, {only, timeoutMs, pingUrl: url})
    assert.deepEqual(report.warnings[0]?.values, {reason: 'ETIMEDOUT'})
    assert.equal(host.clock.elapsed(), endMs)
    assert.equal(host.clock.waiting, 0)
  }
})

test('daily-check: progress that nobody takes holds no run', async () => {
  const host = healthyHost({seed: 1})
  const scene = await sceneOf(host, healthySettings)
  const progress = {...scene.progress, close: (): Promise<void> => new Promise(() => undefined)}
  const report = await inTime(host.clock, dailyCheck({...scene, progress}, {...everything, only: ['fd.usage']}))
  assert.equal(report.status, 'ok')
})

test('daily-check: stopped in the middle, it reports what it has seen', async () => {
  const host = healthyHost({seed: 1})
  host.processes.script(['kubectl'], 'hangs')
  const stop = new AbortController()
  host.clock.after(500, () => {
    stop.abort('SIGINT')
  })
  const report = await run(host, {stop: stop.signal, pingUrl: 'https://ping.test/secret'})
  assert.deepEqual([statusOf(report, 'k8s.pods'), statusOf(report, 'fd.usage')], ['unknown', 'ok'])
  assert.deepEqual(host.network.pings, [])
  assert.equal(host.clock.waiting, 0)
})

const url = 'https://ping.test/4f6c-secret-place'

test('daily-check: a good run is told to the address, a bad one to its /fail', async () => {
  const good = healthyHost({seed: 1})
  await run(good, {pingUrl: url})
  assert.deepEqual(good.network.pings, [url])
  const bad = healthyHost({seed: 1})
  bad.services.put('web.service', down())
  for (const pingUrl of [url, `${url}/`, `${url}?run=7`]) await run(bad, {pingUrl})
  assert.deepEqual(bad.network.pings, [`${url}/fail`, `${url}/fail`, `${url}/fail?run=7`])
})

test('daily-check: warnings are told as a failure, but where they pass', async () => {
  const host = healthyHost({seed: 1})
  host.processes.script(['stat'], exited(0, statLine({free: 15_000})))
  const strict = await run(host, {pingUrl: url, only: ['disk.space']})
  const lenient = await run(host, {pingUrl: url, only: ['disk.space'], warningsPass: true})
  assert.deepEqual([strict.status, lenient.status], ['warning', 'warning'])
  assert.deepEqual([exitCodeOf(strict, 'check'), exitCodeOf(lenient, 'check')], [1, 0])
  assert.deepEqual(host.network.pings, [`${url}/fail`, url])
})

test('daily-check: the address may be a setting, and one given for this run goes before it', async () => {
  const host = healthyHost({seed: 1})
  const scene = await sceneOf(host, healthySettings)
  const env = {LOGCASTER_CHECKS_PING_URL: url}
  const loaded = await loadAs(schema, {file: undefined, env, overrides: healthySettings, knownChecks: []})
  assert.equal(loaded.config.checks.ping_url, url)
  const wish = {...everything, only: ['service.state']}
  await inTime(host.clock, dailyCheck({...scene, loaded}, wish))
  await inTime(host.clock, dailyCheck({...scene, loaded}, {...wish, pingUrl: 'https://ping.test/other'}))
  assert.deepEqual(host.network.pings, [url, 'https://ping.test/other'])
})

test('daily-check: an address that does not answer is a warning, and no output ever shows it', async () => {
  const host = healthyHost({seed: 1})
  host.network.pinged = {status: 'refused', reason: 'HTTP 503'}
  const report = await run(host, {pingUrl: url})
  assert.deepEqual([report.status, codes(report.warnings)], ['ok', ['ping-failed']])
  assert.equal(host.network.pings.length, 1)
  const facts = {runId: '1', startedMs: 0, durationMs: 1, host: 'sim', user: 'root', exitCode: 0}
  const outputs = [JSON.stringify(report), JSON.stringify(documentOf(report, facts)), nagiosOf(report)]
  outputs.push(junitOf(report, 1), JSON.stringify(host.processes.runs), host.disk.text(statePath) ?? '')
  for (const language of ['en', 'ko']) {
    const {reading} = styleOf(['--verbose', '--lang', language], {}, {columns: 200, hasColours: false})
    const warnings = report.warnings.flatMap((fault) => faultLines(fault, 'warning', reading))
    outputs.push([...linesOf(report, 1, reading), ...warnings].join('\n'))
  }
  assert.ok(outputs.at(-1)?.includes('503'))
  for (const output of outputs) assert.doesNotMatch(output, /secret-place|ping\.test/)
})

test('daily-check --list: every check, its parents, and its thresholds as they are set', async () => {
  const loaded = await loadedWith(['checks.disk.space.warning=33%:', 'checks.fd.usage.critical=null'])
  const report = listChecks({loaded}, {only: [], skip: [], profile: undefined})
  const list = report.body?.fields['list'] as {id: string; parents: string[]; threshold: unknown}[]
  assert.deepEqual(
    list.map(({id}) => id),
    checks.map(({id}) => id)
  )
  const byId = new Map(list.map((one) => [one.id, one]))
  assert.deepEqual(byId.get('disk.space')?.threshold, {warning: '33%:', critical: '10%:'})
  assert.deepEqual(byId.get('fd.usage')?.threshold, {warning: '80%', critical: null})
  assert.deepEqual(byId.get('service.state')?.threshold, {warning: null, critical: null})
  assert.deepEqual(byId.get('disk.forecast')?.parents, ['disk.space'])
  const lines = report.body?.lines ?? []
  assert.ok(lines.some((line) => /^disk\.space +warning 33%:, critical 10%:$/.test(line)))
  assert.ok(lines.includes('service.state'))
  assert.deepEqual([report.checks, report.status], [[], 'ok'])
})
