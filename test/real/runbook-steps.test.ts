import assert from 'node:assert/strict'
import {nothingSupervised} from '../fixtures/supervisable.ts'
import {randomUUID} from 'node:crypto'
import {chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {after, test} from 'node:test'
import {realHost} from '../../src/host/real.ts'
import {serviceManager} from '../../src/host/manager.ts'
import type {Outputs, StepKind} from '../../src/runbook/step.ts'
import {run} from '../../src/runbook/steps/run.ts'
import {sh} from '../../src/runbook/steps/sh.ts'
import {zx} from '../../src/runbook/steps/zx.ts'
import {apply, outlookOf, stageOn, textOf, undo, type Stage} from '../runbook/steps/stage.ts'

/** The steps that run programs, with real ones. What each of them promises is in `test/runbook/steps/`. */

const folder = mkdtempSync(join(tmpdir(), 'logcaster-steps-'))
const bare = realHost()
const stage = await stageOn({...bare, services: await serviceManager('none', bare, nothingSupervised)}, {folder})

after(() => {
  rmSync(folder, {recursive: true})
})

function put(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  chmodSync(path, 0o755)
  return path
}

async function done<Inputs>(kind: StepKind<Inputs>, raw: unknown): Promise<Outputs> {
  const applied = await apply(stage, kind, raw)
  assert.equal(applied.status, 'done', JSON.stringify(applied))
  return applied.outputs
}

interface Failure {
  readonly code: string
  readonly values: Readonly<Record<string, unknown>>
  readonly outputs: Outputs
}

type Acting = Partial<Pick<Stage, 'deadlineMs' | 'stop'>>

async function failure<Inputs>(kind: StepKind<Inputs>, raw: unknown, acting: Acting = {}): Promise<Failure> {
  const applied = await apply({...stage, ...acting}, kind, raw)
  assert.ok(applied.status === 'failed', JSON.stringify(applied))
  const {code, values} = applied.fault
  return {code, values: {...values}, outputs: applied.outputs}
}

/** Who is left of a family, found by a variable that only it has. */
function pidsWith(word: string): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`).includes(word)
    } catch {
      // It ended meanwhile, or is no process at all.
      return false
    }
  })
}

const ran = join(folder, 'ran')

/** Each leaves a file called `ran` when anything takes it for more than a word. */
const hostile = [
  `$(touch ${ran})`,
  `\`touch ${ran}\``,
  `; touch ${ran}`,
  `\ntouch ${ran}\n`,
  `' ; touch ${ran} ; '`,
  `" ; touch ${ran} ; "`,
  '-rf',
  '--help',
  '../../etc/passwd',
  '\u001b[31m\u001b[2J',
  '*',
  '~',
  '$HOME',
  '',
  '한글 \u{1f600}'
]

test('run: S-02: whatever a value has in it, it is one word of its program, and nothing of it is executed', async () => {
  const printed = await done(run, {
    argv: [process.execPath, '-p', 'JSON.stringify(process.argv.slice(1))', '--', ...hostile]
  })
  assert.deepEqual(JSON.parse(textOf(printed, 'stdout')), hostile)
  assert.ok(!existsSync(ran))
})

test('sh: S-02: whatever a value has in it, it is one variable, and nothing of it is executed', async () => {
  for (const value of hostile) {
    const outputs = await done(sh, {text: 'printf "<%s>" "$VALUE"; printf "<%s>" "${VALUE#x}"', env: {VALUE: value}})
    assert.equal(textOf(outputs, 'stdout'), `<${value}><${value}>`)
  }
  assert.ok(!existsSync(ran))
})

test('zx: S-02: whatever a value has in it, it is one word or variable of the script, and one word of what it runs', async () => {
  put(
    'words.mjs',
    'const shown = []',
    'for (const word of argv._.concat(process.env.VALUE)) shown.push((await $`printf %s ${word}`).stdout)',
    'console.log(JSON.stringify(shown))'
  )
  const words = hostile.filter((word) => !word.startsWith('-'))
  const value = `$(touch ${ran})\n`
  const outputs = await done(zx, {script: './words.mjs', args: words, env: {VALUE: value}})
  assert.deepEqual(JSON.parse(textOf(outputs, 'stdout')), [...words, value])
  assert.ok(!existsSync(ran))
})

test('zx: words that look like options reach the script, and not zx', async () => {
  put('options.mjs', 'console.log(JSON.stringify(process.argv.slice(-3)))')
  const outputs = await done(zx, {script: './options.mjs', args: ['--version', '-rf', '--eval=1']})
  assert.deepEqual(JSON.parse(textOf(outputs, 'stdout')), ['--version', '-rf', '--eval=1'])
})

test('zx: a script that throws, or in which a command fails, fails the step and says why', async () => {
  put('throws.mjs', "throw new Error('no such shelf')")
  const thrown = await failure(zx, {script: './throws.mjs'})
  assert.equal(thrown.code, 'step-program-failed')
  assert.equal(thrown.values['how'], 'exit 1')
  put('fails.mjs', 'await $`exit 7`', `await $\`touch ${ran}\``)
  assert.equal((await failure(zx, {script: './fails.mjs'})).code, 'step-program-failed')
  assert.ok(!existsSync(ran))
})

test('zx: a script that nobody may execute is run', async () => {
  chmodSync(put('plain.mjs', "console.log('here')"), 0o644)
  assert.equal(textOf(await done(zx, {script: './plain.mjs'}), 'stdout'), 'here')
})

test('sh: S-31: the first command that fails ends the step, and a variable that is not set as well', async () => {
  for (const text of [`false\ntouch ${ran}`, `echo "$NOT_SET"; touch ${ran}`, `ls /nonesuch; touch ${ran}`]) {
    const {code, values} = await failure(sh, {text})
    assert.equal(code, 'step-program-failed')
    assert.match(String(values['how']), /^exit [1-9]/)
    assert.ok(!existsSync(ran), text)
  }
})

test('programs: S-01: the exit code decides, whatever was printed', async () => {
  const {code, values, outputs} = await failure(sh, {text: 'echo ✅ all good; echo almost >&2; exit 3'})
  assert.deepEqual([code, values['how'], values['detail']], ['step-program-failed', 'exit 3', 'almost'])
  assert.equal(outputs.values['code'], 3)
  assert.equal(textOf(await done(sh, {text: 'echo broken >&2; exit 3', expect: [3]}), 'stderr'), 'broken')
})

test('programs: an end by a signal is a failure and names the signal', async () => {
  const {code, values, outputs} = await failure(sh, {text: 'kill -SEGV $$'})
  assert.deepEqual([code, values['how'], outputs.values['code']], ['step-program-failed', 'SIGSEGV', null])
})

test('programs: a program that ignores SIGTERM, forks, leaves the session and holds the output is gone after the deadline', async () => {
  const family = randomUUID()
  const text = "trap '' TERM; setsid sh -c \"trap '' TERM; sleep 300\" & setsid sleep 300 & echo begun; sleep 300"
  const {code, values, outputs} = await failure(sh, {text, env: {FAMILY: family}}, {deadlineMs: 1000})
  assert.equal(code, 'step-program-late')
  assert.ok(Number(values['afterMs']) < 60_000)
  assert.equal(outputs.values['stdout'], 'begun')
  assert.ok(Number(outputs.values['strays']) >= 2)
  assert.match(outputs.printed ?? '', /processes outlived it/)
  assert.deepEqual(pidsWith(family), [])
})

test('programs: what a program leaves running when it ends by itself is ended, and told', async () => {
  const family = randomUUID()
  const {values} = await done(sh, {text: 'setsid sleep 300 & echo done', env: {FAMILY: family}})
  assert.deepEqual([values['stdout'], values['strays']], ['done', 1])
  assert.deepEqual(pidsWith(family), [])
})

test('programs: a flood of output is cut and counted', async () => {
  const {outputs} = await apply(stage, sh, {text: 'yes 0123456 | head -c 100000000'})
  const {values, printed = ''} = outputs
  assert.equal(values['code'], 0)
  assert.equal(textOf(outputs, 'stdout').length, 65_536)
  const whole = 100_000_000
  assert.ok(Math.abs(Number(values['stdout_dropped_bytes']) - (whole - 65_536)) <= 16)
  assert.ok(printed.length > 1_000_000 && printed.length < 1_100_000)
})

test('programs: who stops the run stops the program', async () => {
  const family = randomUUID()
  const stop = new AbortController()
  setTimeout(() => {
    stop.abort('SIGINT')
  }, 300)
  const {code} = await failure(sh, {text: 'sleep 300', env: {FAMILY: family}}, {stop: stop.signal})
  assert.equal(code, 'step-program-stopped')
  assert.deepEqual(pidsWith(family), [])
})

test('programs: the environment is a small fixed one, and what the step says', async () => {
  const env = {A: 'b c'}
  const outputs = await done(run, {argv: ['env'], env})
  const names = textOf(outputs, 'stdout')
    .split('\n')
    .map((line) => line.replace(/=.*/, ''))
    .sort()
  const fixed = ['HOME', 'LANG', 'LC_ALL', 'LOGCASTER_CHILD', 'LOGCASTER_RUN', 'LOGCASTER_STEP', 'PATH', 'TZ']
  assert.deepEqual(names, ['A', ...fixed])
})

test('programs: the very file that was planned on is run, wherever the path of the step leads', async () => {
  put('df', '#!/bin/sh', 'echo another')
  const outputs = await done(run, {argv: ['df', '-P', '/'], env: {PATH: `${folder}:/bin:/usr/bin`}})
  assert.match(textOf(outputs, 'stdout'), /^Filesystem/)
})

test('programs: a step works beside its runbook, or where it says', async () => {
  put('where.sh', '#!/bin/sh', 'pwd')
  assert.equal(textOf(await done(run, {argv: ['./where.sh']}), 'stdout'), folder)
  assert.equal(textOf(await done(run, {argv: ['./where.sh'], cwd: '/usr/bin'}), 'stdout'), '/usr/bin')
  const {code, values} = await failure(run, {argv: ['./where.sh'], cwd: join(folder, 'nonesuch')})
  assert.deepEqual([code, values['reason']], ['step-program-not-started', 'ENOENT'])
})

test('programs: one whose interpreter is not there could not be started', async () => {
  put('orphan', '#!/nonesuch/sh', `touch ${ran}`)
  const {code, values} = await failure(run, {argv: ['./orphan']})
  assert.deepEqual([code, values['reason']], ['step-program-not-started', 'ENOENT'])
})

test('programs: S-04: what is missing, or may not be executed, is refused by the plan', async () => {
  chmodSync(put('closed.sh', 'true'), 0o644)
  const refusalOf = async (word: string): Promise<unknown> => {
    const outlook = await outlookOf(stage, run, {argv: [word]})
    return outlook.action === 'refuse' ? outlook.reasons.map(({code}) => code) : outlook.action
  }
  assert.deepEqual(await refusalOf('./nonesuch.sh'), ['program-missing'])
  assert.deepEqual(await refusalOf('./closed.sh'), ['program-not-executable'])
  assert.equal(await refusalOf('df'), 'change')
})

test('programs: a secret reaches its program, and nothing that is kept', async () => {
  const path = put('secret', 'hunter2-and-more')
  const raw = {text: 'echo "it is $TOKEN"; echo "$TOKEN" >&2; exit 1', env: {TOKEN: {secret_file: path}}}
  const kept = await failure(sh, raw)
  assert.doesNotMatch(JSON.stringify(kept), /hunter2/)
  assert.equal(kept.outputs.values['stdout'], 'it is ***')
})

test('programs: what a program created is found, and its undo takes it away', async () => {
  const image = join(folder, 'image')
  const raw = {argv: ['touch', image], creates: image, undo: ['rm', '-f', '--', image]}
  await done(run, raw)
  assert.equal((await outlookOf(stage, run, raw)).action, 'nothing')
  for (let round = 0; round < 2; round += 1) {
    assert.deepEqual(await undo(stage, run, raw), {status: 'undone'})
    assert.ok(!existsSync(image))
  }
})
