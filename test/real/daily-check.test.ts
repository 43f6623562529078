import assert from 'node:assert/strict'
import {existsSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {codesOf, documentIn, type Document} from '../cli/run.ts'
import {checkout, startLab, type Executed, type Lab} from './lab.ts'

/** What the shipped command says of a service under a real systemd. */
interface Situation {
  readonly what: string
  readonly unit: string
  /** Lines of the unit's `[Service]`; absent where there is no such unit. */
  readonly service?: readonly string[]
  readonly provoke?: string
  readonly status: string
  readonly code: string
  readonly exit: number
}

const sleeps = 'ExecStart=sleep infinity'
const fails = 'ExecStart=/bin/sh -c "exit 3"'
const deaf = `ExecStart=/bin/sh -c 'trap "" TERM; touch /run/%p.deaf; while :; do sleep 0.1; done'`

const situations: readonly Situation[] = [
  {
    what: 'a healthy service is ok',
    unit: 'healthy',
    service: [sleeps],
    provoke: 'systemctl start healthy',
    status: 'ok',
    code: 'service-up',
    exit: 0
  },
  {
    what: 'a service that died at once has failed',
    unit: 'dies',
    service: [fails],
    provoke: 'systemctl start dies',
    status: 'critical',
    code: 'service-failed',
    exit: 2
  },
  {
    what: 'a service that failed too often is not started any more',
    unit: 'limited',
    service: [fails, 'Restart=always', 'RestartSec=10ms', '[Unit]', 'StartLimitBurst=3', 'StartLimitIntervalSec=1h'],
    provoke: `systemctl start limited; ${until('$(systemctl is-failed limited) = failed')}`,
    status: 'critical',
    code: 'service-start-limited',
    exit: 2
  },
  {
    what: 'a service stopped by SIGSTOP is frozen, whatever systemd says',
    unit: 'halted',
    service: [sleeps],
    provoke: 'systemctl start halted && kill -STOP $(systemctl show --property=MainPID --value halted)',
    status: 'critical',
    code: 'service-frozen',
    exit: 2
  },
  {
    what: 'a unit that nobody installed is unknown to systemd',
    unit: 'nonesuch',
    status: 'critical',
    code: 'service-unknown-unit',
    exit: 2
  },
  {
    what: 'a service that takes no SIGTERM is told while it does not end',
    unit: 'deaf',
    service: [deaf, 'TimeoutStopSec=1h'],
    provoke: `systemctl start deaf; ${until('-e /run/deaf.deaf')}; systemctl stop --no-block deaf`,
    status: 'critical',
    code: 'service-ignores-stop',
    exit: 2
  },
  {
    what: 'a service that somebody stopped is down',
    unit: 'stopped',
    service: [sleeps],
    provoke: 'systemctl start stopped && systemctl stop stopped',
    status: 'critical',
    code: 'service-down',
    exit: 2
  }
]

test('daily-check of services under a real systemd', async (t) => {
  assert.ok(existsSync(join(checkout, 'dist/main.cjs')), 'build first: npm run build')
  const lab = await startLab(t)
  if (lab === undefined) return
  writeFileSync(join(lab.root, '/etc/empty.yaml'), '')
  for (const situation of situations) await t.test(situation.what, () => meet(lab, situation))
  await t.test('restarts count from one run to the next', () => countRestarts(lab))
  await t.test('descriptors are those of the process that systemd names', () => countDescriptors(lab))
  await t.test('where systemd did not boot the machine, nothing is known of a service', () => askUnbooted(lab))
  await t.test('a machine on which all is well ends with 0, plain and as JSON', () => askHealthy(lab))
})

async function meet(lab: Lab, {unit, service, provoke, ...expected}: Situation): Promise<void> {
  if (service !== undefined) await install(lab, unit, service)
  const provoked = provoke === undefined ? undefined : await lab.exec(['/bin/sh', '-c', provoke])
  const document = await ask(lab, unit)
  const state = checkIn(document, 'service.state')
  assert.deepEqual([state.status, state.code], [expected.status, expected.code], provoked?.stderr)
  assert.equal(document.exit_code, expected.exit)
  // What is down has restarted for the same reason: one finding is enough.
  const restarts = checkIn(document, 'service.restarts')
  assert.equal(restarts.status, 'skipped')
}

async function countRestarts(lab: Lab): Promise<void> {
  await install(lab, 'returns', [sleeps, 'Restart=always', 'RestartSec=1ms', '[Unit]', 'StartLimitBurst=100'])
  await lab.exec(['systemctl', 'start', 'returns'])
  assert.equal(checkIn(await ask(lab, 'returns'), 'service.restarts').code, 'no-history')
  for (const [kills, status] of [
    [0, 'ok'],
    [2, 'warning'],
    [6, 'critical']
  ] as const) {
    for (let kill = 0; kill < kills; kill += 1) await killMain(lab, 'returns')
    const restarts = checkIn(await ask(lab, 'returns'), 'service.restarts')
    assert.deepEqual([restarts.status, restarts.value, restarts.code], [status, kills, 'service-restarts'])
  }
}

/** Returns when the next process is there. */
async function killMain(lab: Lab, unit: string): Promise<void> {
  const pid = `systemctl show --property=MainPID --value ${unit}`
  const next = until(`$(${pid}) -gt 1 -a $(${pid}) -ne $old`)
  const {code, stderr} = await lab.exec(['/bin/sh', '-c', `old=$(${pid}); kill -KILL $old; ${next}`])
  assert.equal(code, 0, stderr)
}

async function countDescriptors(lab: Lab): Promise<void> {
  const nine = 'exec 3<&0 4<&0 5<&0 6<&0 7<&0 8<&0'
  const serve = `${nine}; touch /run/greedy; sleep infinity & wait`
  await install(lab, 'greedy', ['LimitNOFILE=10', `ExecStart=/bin/sh -c '${serve}'`])
  await lab.exec(['/bin/sh', '-c', `systemctl start greedy; ${until('-e /run/greedy')}`])
  const usage = checkIn(await ask(lab, 'greedy'), 'fd.usage')
  assert.equal(usage.status, 'warning', usage.message)
  assert.match(usage.message, /^greedy: 90% of descriptors used \(9 of 10\)/)
}

async function askUnbooted(lab: Lab): Promise<void> {
  const under = ['unshare', '--mount', '/bin/sh', '-c', 'mount -t tmpfs none /run && exec "$@"', 'sh']
  const document = await ask(lab, 'healthy', under)
  const state = checkIn(document, 'service.state')
  assert.deepEqual([state.status, state.code, document.exit_code], ['unknown', 'service-no-manager', 3])
}

/** Everything that can be judged inside, with thresholds only where the machine around us decides. */
async function askHealthy(lab: Lab): Promise<void> {
  await lab.exec(['/bin/sh', '-c', 'mkdir -p /var/log/logcaster; echo "INFO fine" > /var/log/logcaster/app.log'])
  const surroundings = ['disk.space', 'disk.inodes', 'disk.forecast', 'mem.available', 'mem.oom', 'load.pressure']
  const relaxed = surroundings.flatMap((id) => ['warning', 'critical'].map((limit) => `checks.${id}.${limit}=null`))
  const settings = ['service.unit=healthy', 'paths.logs=/var/log/logcaster', ...relaxed]
  const set = settings.flatMap((setting) => ['--set', setting])
  for (const form of [[], ['--quiet'], ['--json']]) {
    const {code, stdout, stderr} = await run(lab, ['daily-check', ...form, ...set])
    assert.equal(code, 0, stdout + stderr)
    if (form.length === 0) assert.match(stdout, /^daily-check: OK \(\d+ OK, \d+ skipped in /)
  }
}

async function install(lab: Lab, unit: string, service: readonly string[]): Promise<void> {
  const file = `/etc/systemd/system/${unit}.service`
  writeFileSync(join(lab.root, file), ['[Service]', ...service, ''].join('\n'))
  const {code, stderr} = await lab.exec(['systemctl', 'daemon-reload'])
  assert.equal(code, 0, stderr)
}

async function ask(lab: Lab, unit: string, under: readonly string[] = []): Promise<Document> {
  const only = ['--only', 'service.state,service.restarts,fd.usage']
  const ran = await run(lab, ['daily-check', '--json', ...only, '--set', `service.unit=${unit}`], under)
  const document = documentIn(ran)
  assert.deepEqual([ran.code, codesOf(document.errors)], [document.exit_code, []])
  return document
}

function run(lab: Lab, argv: readonly string[], under: readonly string[] = []): Promise<Executed> {
  const [program = '', ...args] = [...under, join(checkout, 'bin/logcaster'), ...argv]
  return lab.exec([program, ...args], {
    env: {LOGCASTER_CONFIG: '/etc/empty.yaml', LOGCASTER_PATHS_STATE: '/var/lib/state'}
  })
}

function checkIn(document: Document, id: string): Document['checks'][number] {
  const check = document.checks.find((one) => one.id === id)
  assert.ok(check !== undefined)
  return check
}

/** For a shell: waits until the test is true. The patience of `Lab.exec` bounds it. */
function until(condition: string): string {
  return `until [ ${condition} ]; do sleep 0.05; done`
}
