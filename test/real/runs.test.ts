import assert from 'node:assert/strict'
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {codesOf, documentIn, type Document} from '../cli/run.ts'
import {checkout, startLab, type Executed, type Lab} from './lab.ts'

/** Runs that work on services, under a real systemd: the shipped runbook, and one of somebody's own. */

/** Each start adds a line to a file, so that a service that was started twice can be told from one that was once. */
const counted = 'ExecStartPre=/bin/sh -c "echo started >> /run/%p.starts"'
const sleeps = [counted, 'ExecStart=sleep infinity']
// Up for as long as it takes to be called up, unless there is a reason to stay.
const moody = `ExecStart=/bin/sh -c 'if [ -e /run/%p.well ]; then exec sleep infinity; fi; sleep 2; exit 3'`

/** The lines of a whole run in the journal: its start, the evidence, the restart begun and done, the check, its end. */
const restartLines = 6
const boundaries = [...[2, 3, 4, 5, 6].map((line) => `before:${line}`), `after:${restartLines}`]

test('runs under a real systemd', async (t) => {
  const lab = await startLab(t)
  if (lab === undefined) return
  await prepare(lab)
  await t.test('a service is restarted once, with evidence, and not again so soon', () => restartOnce(lab))
  await t.test('nobody is there to be asked: without --yes a service is not interrupted', () => askNobody(lab))
  await t.test('S-01: a service that dies after its restart is told, whatever its manager said', () => verify(lab))
  await t.test('what is masked, unknown or no service is refused before anything is done', () => refuse(lab))
  await t.test('a failure between stop and start brings the service back', () => bringBack(lab))
  await t.test('killed anywhere, a restart that is resumed was done once', {concurrency: 3}, async (t) => {
    const sweep = boundaries.map((boundary) => t.test(boundary, () => resume(lab, boundary)))
    await Promise.all(sweep)
  })
})

async function prepare(lab: Lab): Promise<void> {
  mkdirSync(join(lab.root, '/etc/runbooks'))
  writeFileSync(join(lab.root, '/etc/logcaster.yaml'), 'runbooks:\n  folders: [/etc/runbooks]\n')
  const crashing = boundaries.map((boundary) => [unitOf(boundary), sleeps] as const)
  const units = {healthy: sleeps, moody: [moody], steady: sleeps, ...Object.fromEntries(crashing)}
  for (const [unit, lines] of Object.entries(units)) {
    writeFileSync(join(lab.root, `/etc/systemd/system/${unit}.service`), ['[Service]', ...lines, ''].join('\n'))
  }
  writeFileSync(join(lab.root, '/run/moody.well'), '')
  const script = `systemctl daemon-reload; systemctl mask forbidden; systemctl start ${Object.keys(units).join(' ')}`
  const {code, stderr} = await lab.exec(['/bin/sh', '-euc', script])
  assert.equal(code, 0, stderr)
  // What has just been started is not restarted, and systemd tells whole seconds.
  await lab.exec(['sleep', '2.2'])
}

async function restartOnce(lab: Lab): Promise<void> {
  const pid = await mainPid(lab, 'healthy')
  const document = await run(lab, 'healthy', [...soon, '--yes'])
  assert.deepEqual([document.exit_code, document.changed], [0, ['healthy.service']])
  const restarted = await mainPid(lab, 'healthy')
  assert.notEqual(restarted, pid)
  const kept = join(lab.root, stateOf('healthy'), 'runs', String(document['run_id']), '1.txt')
  assert.match(readFileSync(kept, 'utf8'), new RegExp(`^MainPID=${pid}$`, 'm'))
  const again = await run(lab, 'healthy', ['--input', 'settle=200ms', '--yes'])
  assert.deepEqual([again.exit_code, again.changed], [0, []])
  assert.equal(await mainPid(lab, 'healthy'), restarted)
}

async function askNobody(lab: Lab): Promise<void> {
  const pid = await mainPid(lab, 'steady')
  const document = await run(lab, 'steady', soon)
  assert.deepEqual([document.exit_code, codesOf(document.errors)], [5, ['run-not-confirmed']])
  assert.match(document.errors[0]?.message ?? '', /restart/)
  assert.equal(await mainPid(lab, 'steady'), pid)
}

async function verify(lab: Lab): Promise<void> {
  await lab.exec(['rm', '/run/moody.well'])
  const ran = await restart(lab, {unit: 'moody', argv: [...soon, '--yes', '--input', 'settle=3s']})
  assert.equal(ran.code, 3, ran.stdout + ran.stderr)
  assert.match(ran.stdout, /^ +done +restart /m)
  assert.match(ran.stdout, /^ +failed +verify /m)
  assert.match(ran.stderr, /^error: .*service\.state.*\n +→ \S/m)
}

async function refuse(lab: Lab): Promise<void> {
  for (const [unit, code, exit] of [
    ['forbidden', 'unit-masked', 5],
    ['nonesuch', 'unit-absent', 10]
  ] as const) {
    const document = await run(lab, unit, ['--yes'])
    assert.deepEqual([document.exit_code, document.status, codesOf(document.errors)], [exit, 'refused', [code]])
    assert.deepEqual(readdirSync(join(lab.root, '/var/lib')).includes(`state-${unit}`), false)
  }
}

async function bringBack(lab: Lab): Promise<void> {
  const fill = 'mkdir /srv/full; mount -t tmpfs -o size=8k none /srv/full; cat /dev/zero > /srv/full/filler || :'
  await lab.exec(['/bin/sh', '-c', fill])
  const steps = [
    '  - {id: stop, use: service.stop, with: {unit: steady}}',
    '  - {id: write, use: file.write, with: {path: /srv/full/app.conf, content: "new\\n"}}',
    '  - {id: start, use: service.start, with: {unit: steady}}'
  ]
  const runbook = ['about: change', 'locks: [service]', 'on_failure: undo', 'steps:', ...steps, '']
  writeFileSync(join(lab.root, '/etc/runbooks/change.yaml'), runbook.join('\n'))
  const pid = await mainPid(lab, 'steady')
  const ran = await launch(lab, {unit: 'steady', argv: ['runbook', 'run', 'change', '--yes', '--json']})
  const document = documentIn(ran)
  assert.deepEqual([document.exit_code, document.status, document.changed], [1, 'failed', []], ran.stdout)
  assert.match(document.errors[0]?.message ?? '', /ENOSPC/)
  const statuses = (document['plan'] as readonly {outcome: {status: string}}[]).map(({outcome}) => outcome.status)
  assert.deepEqual(statuses, ['undone', 'undone', 'not-reached'])
  const back = await mainPid(lab, 'steady')
  assert.ok(back > 0 && back !== pid)
}

async function resume(lab: Lab, boundary: string): Promise<void> {
  const unit = unitOf(boundary)
  const env = {NODE_OPTIONS: `--import=${checkout}/test/fixtures/dies-at-line.ts`, DIES: boundary}
  const died = await restart(lab, {unit, argv: [...soon, '--yes'], env})
  assert.notEqual(died.code, 0, died.stdout)
  const listed = documentIn(await launch(lab, {unit, argv: ['runs', 'list', '--json']}))
  const [left] = listed['runs'] as readonly {run_id: string; status: string}[]
  const isEnded = boundary === `after:${restartLines}`
  assert.equal(left?.status, isEnded ? 'done' : 'crashed')
  const resumed = documentIn(await launch(lab, {unit, argv: ['runs', 'resume', left.run_id, '--yes', '--json']}))
  assert.equal(resumed.exit_code, isEnded ? 5 : 0, JSON.stringify(resumed.errors))
  const starts = readFileSync(join(lab.root, `/run/${unit}.starts`), 'utf8')
  assert.equal(starts, 'started\n'.repeat(2))
}

/** Restarted also when it was up for no longer than a moment; looked at twice without much of a pause. */
const soon = ['--input', 'unless_within=1ms', '--input', 'settle=200ms']

interface Order {
  readonly unit: string
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

async function run(lab: Lab, unit: string, argv: readonly string[]): Promise<Document> {
  const ran = await restart(lab, {unit, argv: [...argv, '--json']})
  const document = documentIn(ran)
  assert.equal(ran.code, document.exit_code)
  return document
}

function restart(lab: Lab, {argv, ...order}: Order): Promise<Executed> {
  return launch(lab, {...order, argv: ['runbook', 'run', 'restart-service', ...argv]})
}

/** With a state of its own for each unit, so that they do not wait for each other. */
function launch(lab: Lab, {unit, argv, env = {}}: Order): Promise<Executed> {
  const settings = {LOGCASTER_SERVICE_UNIT: unit, LOGCASTER_PATHS_STATE: stateOf(unit)}
  const paths = {LOGCASTER_CONFIG: '/etc/logcaster.yaml', LOGCASTER_PATHS_DATA: `/var/lib/data-${unit}`}
  const words = [process.execPath, join(checkout, 'src/cli/entry.ts'), ...argv] as const
  return lab.exec(words, {env: {...settings, ...paths, ...env}})
}

function stateOf(unit: string): string {
  return `/var/lib/state-${unit}`
}

function unitOf(boundary: string): string {
  return boundary.replace(':', '-')
}

async function mainPid(lab: Lab, unit: string): Promise<number> {
  return Number((await lab.exec(['systemctl', 'show', '--value', '--property=MainPID', unit])).stdout)
}
