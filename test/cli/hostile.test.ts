import assert from 'node:assert/strict'
import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {place, type Place, type Ran} from './run.ts'

/** Run by a shell it would leave a file; printed as it is it would paint, forge a line, or turn the reading direction. */
const shell = ['$(touch executed)', '`touch executed`', "'; touch executed; '", '../../etc/passwd', '-o ProxyCommand=x']
const paint = ['\u001b[31mred\u001b[0m', 'a\nerror: forged', 'a\rb', '\u009b31m', '\u202etxt.exe', '\u061c', '\u0007\b']
const hostile = [...shell, ...paint]
const all = hostile.join(' ')

interface Door {
  readonly argv: (value: string) => readonly string[]
  readonly codes: readonly number[]
}

/** Where each value goes, and how a run that got it may end. */
const doors: Readonly<Record<string, Door>> = {
  'an unknown command': {argv: (value) => [`x${value}`], codes: [64]},
  'an argument': {argv: (value) => ['config', 'show', `x${value}`], codes: [64]},
  'a flag': {argv: (value) => ['config', 'show', `--${value}`], codes: [64]},
  '--lang': {argv: (value) => ['config', 'show', `--lang=${value}`], codes: [64]},
  '--only': {argv: (value) => ['daily-check', `--only=${value}`], codes: [3]},
  '--skip': {argv: (value) => ['daily-check', `--skip=${value}`], codes: [3]},
  '--profile': {argv: (value) => ['daily-check', `--profile=${value}`], codes: [3]},
  '--since': {argv: (value) => ['daily-check', `--since=${value}`], codes: [3]},
  '--format': {argv: (value) => ['daily-check', `--format=${value}`], codes: [3]},
  '--config': {argv: (value) => ['config', 'show', `--config=${value}`], codes: [78]},
  'the key of --set': {argv: (value) => ['config', 'show', `--set=${value}`], codes: [78]},
  'the value of --set': {argv: (value) => ['config', 'show', `--set=checks.since=${value}`], codes: [78]},
  'a setting that is shown': {argv: (value) => ['config', 'show', `--set=service.unit=${value}`], codes: [0]},
  'service.unit': {
    argv: (value) => check('service.state,service.restarts,fd.usage', {'service.unit': `x${value}`}),
    codes: [2, 3]
  },
  'server.host': {argv: (value) => check('port.*', {'server.host': `x${value}`}), codes: [2]},
  'checks.cert.expiry.name': {
    argv: (value) =>
      check('cert.expiry', {'checks.cert.expiry.endpoints': 'localhost:1', 'checks.cert.expiry.name': value}),
    codes: [2]
  },
  'checks.cert.expiry.endpoints': {
    argv: (value) => check('cert.expiry', {'checks.cert.expiry.endpoints': `${value}:443`}),
    codes: [3]
  },
  'checks.disk.space.paths': {
    argv: (value) => check('disk.space', {'checks.disk.space.paths': JSON.stringify([`/x/${value}`])}),
    codes: [2]
  },
  'k8s namespace, selector and context': {
    argv: (value) =>
      check('k8s.pods', {
        'checks.k8s.pods.namespace': value,
        'checks.k8s.pods.selector': value,
        'checks.k8s.pods.context': value
      }),
    codes: [3]
  },
  'a reason for skipping': {
    argv: (value) => check('mem.oom', {'checks.skip': JSON.stringify([{id: 'mem.oom', reason: value}])}),
    codes: [3]
  }
}

for (const [door, {argv, codes}] of Object.entries(doors)) {
  test(`${door}: a hostile value is a value, neither run nor obeyed by the terminal`, async (t) => {
    const at = place(t)
    const runs = [shell, paint].flatMap((values) =>
      ['--json', '--verbose'].map((form) => at.run([...argv(values.join(' ')), form]))
    )
    for (const ran of await Promise.all(runs)) {
      assert.ok(codes.includes(ran.code ?? -1), `${String(ran.code)}: ${ran.stdout}${ran.stderr}`)
      holdHarmless(at, ran)
    }
  })
}

test('names and lines of logs are shown, neither run nor obeyed by the terminal', async (t) => {
  const at = place(t)
  const logs = join(at.folder, 'logs')
  mkdirSync(logs)
  const names = hostile.filter((value) => !value.includes('/'))
  for (const name of names) writeFileSync(join(logs, `${name}.log`), `ERROR ${all.replaceAll('\n', ' ')}\n`)
  for (const format of ['text', 'json', 'nagios', 'junit']) {
    const limits = {'paths.logs': logs, 'checks.log.errors.warning': '0'}
    const ran = await at.run([...check('log.*', limits), `--format=${format}`])
    assert.equal(ran.code, 1, ran.stdout)
    holdHarmless(at, ran)
  }
})

test('a hostile name of a configuration file is shown as it is, and harmless', async (t) => {
  const at = place(t)
  const name = `${paint.join(' ')} ${shell[0] ?? ''}.yaml`
  at.file(name, '')
  const checked = await at.run(['config', 'check', `./${name}`])
  assert.equal(checked.code, 0)
  holdHarmless(at, checked)
  const written = await at.run(['config', 'init', `--path=./new ${name}`])
  assert.equal(written.code, 0, written.stderr)
  holdHarmless(at, written)
  assert.ok(readdirSync(at.folder).includes(`new ${name}`))
})

test('hostile keys and values of a configuration file are told, and harmless', async (t) => {
  const at = place(t)
  const quoted = hostile.map((value) => JSON.stringify(value))
  const file = at.file('a.yaml', quoted.map((value) => `${value}: ${value}`).join('\n'))
  for (const form of [[], ['--json']]) {
    const ran = await at.run(['config', 'check', file, ...form])
    assert.equal(ran.code, 78)
    holdHarmless(at, ran)
  }
})

test('hostile variables of the environment are told, and harmless', async (t) => {
  const at = place(t)
  const env = {[`LOGCASTER_${all.replaceAll('=', '')}`]: all, LOGCASTER_SERVICE_UNIT: all, USER: all, LOGNAME: all}
  for (const form of [[], ['--json']]) {
    const ran = await at.run(['config', 'show', ...form], {env})
    assert.equal(ran.code, 0)
    holdHarmless(at, ran)
  }
})

function check(only: string, settings: Readonly<Record<string, string>>): readonly string[] {
  const set = Object.entries(settings).map(([key, value]) => `--set=${key}=${value}`)
  return ['daily-check', '--only', only, ...set]
}

function holdHarmless(at: Place, {stdout, stderr}: Ran): void {
  for (const said of [stdout, stderr]) {
    const raw = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/.exec(said)
    assert.equal(raw, null, JSON.stringify(said.slice(Math.max(0, (raw?.index ?? 0) - 60))))
    assert.doesNotMatch(said, /^error: forged/m)
    assert.doesNotMatch(said, /^ {4}at /m, 'a stack trace')
  }
  for (const folder of [at.folder, process.cwd(), '/']) assert.ok(!existsSync(join(folder, 'executed')))
}
