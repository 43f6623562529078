import assert from 'node:assert/strict'
import {existsSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {processesOf} from '../host/supervised-place.ts'
import {estate, journalOf, type Estate} from './estate.ts'
import {codesOf, documentIn, ordinaryUser, type Document} from './run.ts'
import {ask, deliver, freePorts, until} from './serving.ts'

interface OwnServer {
  readonly at: Estate
  readonly ports: {readonly log: number; readonly query: number}
  /** The folder with its pid file and its log. */
  readonly folder: string
  do(verb: string, ...more: readonly string[]): Promise<Document>
}

/** A place in which our own supervisor keeps the server running; nothing of it outlives the test. */
async function ownServer(t: TestContext, settings: readonly string[] = []): Promise<OwnServer> {
  const at = estate(t)
  const [log = 0, query = 0, http = 0] = await freePorts(3)
  const ports = [`  log_port: ${log}`, `  query_port: ${query}`, `  http_port: ${http}`]
  const server = ['server:', ...ports, `  data_dir: ${at.folder}/kept`, '  retain_bytes: 8MiB', '  min_free: 0']
  const manager = ['service:', '  manager: pidfile']
  const paths = ['paths:', `  logs: ${at.logs}`, `  data: ${at.data}`, `  state: ${at.state}`]
  at.file('empty.yaml', [...paths, ...manager, ...server, ...settings, ''].join('\n'))
  t.after(() => {
    for (const pid of processesOf(at.folder)) process.kill(pid, 'SIGKILL')
  })
  return {
    at,
    ports: {log, query},
    folder: join(at.state, 'service'),
    do: (verb, ...more) => at.json(['server', verb, ...more])
  }
}

interface Identified {
  readonly pid: number
}

function recordOf({folder}: OwnServer): {
  readonly phase: string
  readonly supervisor: Identified
  readonly service: Identified | null
} {
  return JSON.parse(readFileSync(join(folder, 'logcaster.service.pid'), 'utf8')) as ReturnType<typeof recordOf>
}

test('server start, status, restart, stop: by our own supervisor, each a run of its own', async (t) => {
  const own = await ownServer(t)
  const {at, ports} = own
  const down = await own.do('status')
  assert.deepEqual([down.exit_code, down.status, down.schema], [2, 'critical', 'logcaster.server.status/1'])
  assert.deepEqual(
    down.checks.map(({id, code}) => `${id} ${code}`),
    [
      'service.state server-off',
      'port.ingest port-unreachable',
      'port.query port-unreachable',
      'port.health port-unreachable'
    ]
  )

  const planned = await own.do('start', '--dry-run')
  assert.deepEqual([planned.exit_code, planned.status, planned['dry_run']], [0, 'planned', true])
  assert.equal(existsSync(own.folder), false)

  const started = await own.do('start')
  assert.deepEqual([started.exit_code, started.status], [0, 'done'])
  assert.deepEqual([started.schema, started.changed], ['logcaster.server.start/1', ['logcaster.service']])
  await deliver(ports.log, 'one\n')
  const up = await own.do('status')
  assert.deepEqual([up.exit_code, up.checks.map(({status}) => status)], [0, ['ok', 'ok', 'ok', 'ok']])

  const again = await own.do('start')
  assert.deepEqual([again.exit_code, again.status, again.changed], [0, 'nothing', []])

  const before = recordOf(own)
  const restarted = await own.do('restart')
  assert.deepEqual([restarted.exit_code, restarted.status], [0, 'done'])
  assert.notEqual(recordOf(own).service?.pid, before.service?.pid)
  assert.match(await ask(ports.query, 'QUERY keyword=one\n'), /^FOUND: 1 matches\n/)

  const stopped = await own.do('stop')
  assert.deepEqual([stopped.exit_code, stopped.status], [0, 'done'])
  assert.deepEqual(processesOf(at.folder), [])
  const nothing = await own.do('stop')
  assert.deepEqual([nothing.exit_code, nothing.status, nothing.changed], [0, 'nothing', []])

  const runs = journalOf(at.state).filter(({type}) => type === 'run_start')
  assert.deepEqual(
    runs.map((run) => run['runbook'] ?? run['command']),
    ['server-start', 'server-restart', 'server-stop']
  )
})

test('server stop is undone as any run is', async (t) => {
  const own = await ownServer(t)
  await own.do('start')
  const stopped = await own.do('stop')
  const undone = await own.at.json(['runs', 'undo', String(stopped['run_id']), '--yes'])
  assert.equal(undone.exit_code, 0)
  assert.equal((await own.do('status')).exit_code, 0)
})

test('server start: our own supervisor serves whoever calls it, and nobody has to be root', async (t) => {
  const user = ordinaryUser()
  if (typeof user === 'string') {
    t.skip(user)
    return
  }
  const {at} = await ownServer(t)
  const home = {LOGCASTER_PATHS_STATE: join(at.folder, 'nowhere')}
  const planned = await at.run(['server', 'start', '--dry-run', '--json'], {under: user.under, env: home})
  assert.deepEqual([planned.code, documentIn(planned).status], [0, 'planned'], planned.stdout)
})

test('server start: one that dies comes back by itself', async (t) => {
  const own = await ownServer(t)
  await own.do('start')
  const {service} = recordOf(own)
  process.kill(service?.pid ?? 0, 'SIGKILL')
  await until(() => Promise.resolve(recordOf(own).service !== null && recordOf(own).service?.pid !== service?.pid))
  await until(async () => (await own.do('status')).exit_code === 0)
})

test('server start: one that cannot start says why, and is not tried for ever', async (t) => {
  const own = await ownServer(t, ['  listen: 192.0.2.1', '  insecure: true'])
  const failed = await own.do('start')
  assert.deepEqual([failed.exit_code, codesOf(failed.errors)], [1, ['server-not-up']])
  assert.match(
    failed.errors[0]?.message ?? '',
    /\(exit code 69: 192\.0\.2\.1:\d+ cannot be listened on \(EADDRNOTAVAIL\)\)/
  )
  assert.deepEqual(processesOf(own.at.folder), [])
  const {checks} = await own.do('status')
  assert.deepEqual([checks[0]?.status, checks[0]?.code], ['critical', 'server-off'])
})

test('server restart: a server that runs is not given up for settings with which none can', async (t) => {
  const own = await ownServer(t)
  await own.do('start')
  const before = recordOf(own)
  const wrong = [
    {set: 'server.listen=0.0.0.0', code: 5, error: 'server-exposed'},
    {set: 'server.listen=nowhere', code: 78, error: 'server-no-address'},
    {set: `server.query_port=${own.ports.log}`, code: 78, error: 'server-ports-same'}
  ]
  for (const {set, code, error} of wrong) {
    const refused = await own.do('restart', '--set', set)
    assert.deepEqual([refused.exit_code, codesOf(refused.errors)], [code, [error]])
  }
  assert.deepEqual(recordOf(own), before)
})

test('server start and stop: one that fails again and again can be ended, and started anew', async (t) => {
  const own = await ownServer(t)
  await own.do('start')
  const crash = async (): Promise<Document> => {
    renameSync(join(own.at.folder, 'kept'), join(own.at.folder, 'kept.gone'))
    writeFileSync(join(own.at.folder, 'kept'), '')
    process.kill(recordOf(own).service?.pid ?? 0, 'SIGKILL')
    await until(() => Promise.resolve(recordOf(own).phase === 'waiting'))
    return own.do('status')
  }
  const {checks} = await crash()
  assert.deepEqual([checks[0]?.status, checks[0]?.code], ['critical', 'server-changing'])
  assert.doesNotMatch(JSON.stringify(checks), /systemctl/)
  rmSync(join(own.at.folder, 'kept'))
  const started = await own.do('start')
  assert.deepEqual([started.exit_code, started.status], [0, 'done'])
  rmSync(join(own.at.folder, 'kept.gone'), {recursive: true})
  await crash()
  const stopped = await own.do('stop')
  assert.deepEqual([stopped.exit_code, stopped.status], [0, 'done'])
  assert.deepEqual(processesOf(own.at.folder), [])
})

test('server start: a server that lost its supervisor gets another', async (t) => {
  const own = await ownServer(t)
  await own.do('start')
  const before = recordOf(own)
  process.kill(before.supervisor.pid, 'SIGKILL')
  await until(async () => (await own.do('status')).checks[0]?.code === 'server-unsupervised')
  const status = await own.do('status')
  assert.deepEqual([status.exit_code, status.checks[0]?.status], [1, 'warning'])
  const started = await own.do('start')
  assert.deepEqual([started.exit_code, started.status], [0, 'done'])
  assert.notEqual(recordOf(own).supervisor.pid, before.supervisor.pid)
  assert.equal((await own.do('status')).exit_code, 0)
})

test('server supervise: there is one supervisor, in front or in the back', async (t) => {
  const own = await ownServer(t)
  const {child, ended} = own.at.start(['server', 'supervise', '--json'])
  await until(() => Promise.resolve(existsSync(join(own.folder, 'logcaster.service.ports'))))
  await until(async () => (await own.do('status')).exit_code === 0)
  const second = await own.do('supervise')
  assert.deepEqual([second.exit_code, codesOf(second.errors)], [11, ['server-supervised']])
  const running = await own.do('start')
  assert.equal(running.status, 'nothing')
  child.kill('SIGTERM')
  assert.equal((await ended).code, 0)
  assert.deepEqual(processesOf(own.at.folder), [])
})

test('server supervise: SIGHUP is passed on, and its end without an end of the trouble is told', async (t) => {
  const own = await ownServer(t)
  await own.do('start')
  process.kill(recordOf(own).supervisor.pid, 'SIGHUP')
  const log = join(own.folder, 'logcaster.service.log')
  await until(() => Promise.resolve(readFileSync(log, 'utf8').includes('"code":"server-reloaded"')))
  await own.do('stop')
  const refused = await ownServer(t, ['  listen: 0.0.0.0'])
  const failed = await refused.do('supervise')
  assert.deepEqual([failed.exit_code, codesOf(failed.errors)], [1, ['server-fails']])
})

test('server start: without a service manager our own supervisor is used, and found again', async (t) => {
  // Where systemd has booted the machine, it is the manager.
  if (existsSync('/run/systemd/system')) {
    t.skip('systemd has booted this machine')
    return
  }
  const own = await ownServer(t)
  const auto = ['--set', 'service.manager=auto']
  assert.equal((await own.do('start', ...auto)).exit_code, 0)
  const checked = await own.at.json([
    'daily-check',
    '--only',
    'service.state',
    '--set',
    'service.unit=logcaster',
    ...auto
  ])
  assert.deepEqual([checked.exit_code, checked.checks[0]?.code], [0, 'service-up'])
  assert.equal((await own.do('stop', ...auto)).exit_code, 0)
})
