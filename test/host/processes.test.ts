import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {randomUUID} from 'node:crypto'
import {once} from 'node:events'
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {after, test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import fc from 'fast-check'
import {Fault} from '../../src/base/fault.ts'
import {realClock} from '../../src/host/clock.ts'
import type {Ran, RunOptions} from '../../src/host/processes.ts'
import {realProcesses} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'
import {endStrays, familyOf, livingMembers} from '../../src/host/strays.ts'

const processes = realProcesses(realClock(), realRandom())
const folder = mkdtempSync(join(tmpdir(), 'logcaster-processes-'))
const mebibyte = 1 << 20
// Far beyond what any of these programs takes on a busy machine, far below what they would sleep if nobody ended them.
const deadlineMs = 60_000

after(() => {
  rmSync(folder, {recursive: true})
})

function shell(script: string, options: Partial<RunOptions> = {}): Promise<Ran> {
  return processes.run(['sh', '-c', script], {deadlineMs, ...options})
}

/** Runs a script and tells who is left of it, found by a variable that only its family has. */
async function shellAndLeft(script: string, options: Partial<RunOptions> = {}): Promise<{ran: Ran; left: string[]}> {
  const mine = randomUUID()
  const ran = await shell(script, {...options, env: {TEST_FAMILY: mine}})
  return {ran, left: pidsWith(mine)}
}

/** Runs it while our own environment differs, and puts that back. */
async function withEnvironment(change: NodeJS.ProcessEnv, call: () => Promise<void>): Promise<void> {
  const before = process.env
  process.env = {...before, ...change}
  for (const [name, value] of Object.entries(change)) if (value === undefined) Reflect.deleteProperty(process.env, name)
  try {
    await call()
  } finally {
    process.env = before
  }
}

function pidsWith(word: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`).includes(word)
    } catch {
      return false
    }
  })
}

async function untilGone(pid: number): Promise<boolean> {
  for (let look = 0; look < 100; look += 1) {
    if (!existsSync(`/proc/${pid}`) || / [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) return true
    await delay(20)
  }
  return false
}

test('processes: the exit code and both streams of a program come back', async () => {
  const ran = await shell('echo out; echo bad >&2; exit 7')
  assert.deepEqual(ran.end, {how: 'exited', code: 7})
  assert.deepEqual(ran.stdout, {text: 'out\n', droppedBytes: 0})
  assert.deepEqual(ran.stderr, {text: 'bad\n', droppedBytes: 0})
  assert.equal(ran.strays, 0)
  assert.ok(ran.durationMs > 0)
})

test('S-05: programs run in the C locale, whatever ours is', async () => {
  await withEnvironment({LC_ALL: 'ko_KR.UTF-8', LANG: 'ko_KR.UTF-8', LANGUAGE: 'ko'}, async () => {
    const ran = await shell('echo "$LC_ALL $LANG ${LANGUAGE-none}"; locale 2>/dev/null | grep LC_MESSAGES')
    assert.match(ran.stdout.text, /^C C none\n/)
    assert.doesNotMatch(ran.stdout.text, /ko/)
  })
})

test('processes: the environment is the fixed one and what the caller adds; no secret of ours is in it', async () => {
  // A coverage run of Node hands its own variable down to every child, whatever environment was asked for.
  const ours = {LOGCASTER_SECRET: 'do-not-tell', NODE_V8_COVERAGE: undefined}
  await withEnvironment(ours, async () => {
    const ran = await processes.run(['env', '-0'], {deadlineMs, env: {ADDED: 'two\nlines', TZ: 'Asia/Seoul'}})
    const names = ran.stdout.text.split('\0').map((pair) => pair.split('=', 1)[0])
    assert.deepEqual(names.sort(), ['', 'ADDED', 'HOME', 'LANG', 'LC_ALL', 'LOGCASTER_CHILD', 'PATH', 'TZ'])
    assert.match(ran.stdout.text, /(?:^|\0)ADDED=two\nlines\0/)
    assert.match(ran.stdout.text, /\0TZ=Asia\/Seoul\0/)
    assert.doesNotMatch(ran.stdout.text, /do-not-tell/)
  })
})

test('processes: a program gets a home even where we have none', async () => {
  await withEnvironment({HOME: undefined}, async () => {
    assert.equal((await shell('echo "$HOME"')).stdout.text, '/\n')
  })
})

test('processes: a program starts in the root folder, or where it is told to', async () => {
  assert.equal((await shell('pwd')).stdout.text, '/\n')
  assert.equal((await shell('pwd', {cwd: folder})).stdout.text, `${folder}\n`)
})

test('processes: a program that reads its input finds it at its end', async () => {
  const ran = await processes.run(['cat'], {deadlineMs})
  assert.deepEqual(ran.end, {how: 'exited', code: 0})
})

test('processes: hostile arguments arrive as they are and nothing in them is executed', async () => {
  const hostile = ['$(touch pwned)', '`touch pwned`', ';touch pwned', 'a\nb', '\u001b[31mred\u0007', '', ' * ', '한글']
  const ran = await processes.run(['printf', '%s\\0', ...hostile], {deadlineMs, cwd: folder})
  assert.deepEqual(ran.stdout.text.split('\0').slice(0, -1), hostile)
  assert.deepEqual(readdirSync(folder), [])
})

test('processes: any text at all arrives as it is', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  const word = fc.string({unit: 'binary'}).filter((text) => !text.includes('\0'))
  const property = fc.asyncProperty(fc.array(word, {minLength: 1, maxLength: 5}), async (words) => {
    const ran = await processes.run(['printf', '%s\\0', ...words], {deadlineMs})
    const arrived = ran.stdout.text.split('\0').slice(0, -1)
    assert.deepEqual(arrived, words, `SEED=${seed}`)
  })
  await fc.assert(property, {seed, numRuns: 15})
})

test('processes: of a flood head and tail are kept and the rest is counted', async () => {
  const all = Array.from({length: 400_000}, (_, index) => `${index + 1}\n`).join('')
  const {stdout, end} = await processes.run(['seq', '400000'], {deadlineMs})
  assert.deepEqual(end, {how: 'exited', code: 0})
  assert.equal(stdout.droppedBytes, all.length - mebibyte)
  assert.equal(stdout.text, `${all.slice(0, mebibyte / 2)}\n${all.slice(-mebibyte / 2)}`)
})

test('processes: what just fits is kept whole, and a character on the seam of the halves is not torn', async () => {
  for (const bytes of [mebibyte / 2, mebibyte - 1, mebibyte]) {
    const {stdout} = await shell(`yes 123456789 | head -c ${bytes}`)
    assert.equal(stdout.text, '123456789\n'.repeat(Math.ceil(bytes / 10)).slice(0, bytes))
    assert.equal(stdout.droppedBytes, 0)
  }
  const torn = await shell(`yes x | tr -d "\\n" | head -c ${mebibyte / 2 - 1}; printf 한글`)
  assert.ok(torn.stdout.text.endsWith('x한글'))
})

test('processes: fifty megabytes cost two megabytes of memory and no more', async () => {
  const {stdout, stderr} = await shell(`yes | head -c ${50 * mebibyte}; echo end; echo quiet >&2`)
  assert.equal(stdout.droppedBytes, 49 * mebibyte + 4)
  assert.equal(stdout.text.length, mebibyte + 1)
  assert.ok(stdout.text.endsWith('y\nend\n'))
  assert.equal(stderr.text, 'quiet\n')
})

test('processes: a flood without end is ended at the deadline', async () => {
  const {ran, left} = await shellAndLeft('yes', {deadlineMs: 1500, graceMs: 100})
  assert.deepEqual(ran.end, {how: 'deadline'})
  assert.ok(ran.stdout.droppedBytes > 0)
  assert.deepEqual(left, [])
})

test('processes: a program ended by a signal is told apart from one that exits', async () => {
  assert.deepEqual((await shell('kill -KILL $$')).end, {how: 'signalled', signal: 'SIGKILL'})
})

test('processes: a missing program is missing, by name and by path', async () => {
  const ran = await processes.run(['no-such-program-of-ours', 'x'], {deadlineMs})
  assert.deepEqual(ran.end, {how: 'missing'})
  assert.deepEqual(ran.stdout, {text: '', droppedBytes: 0})
  assert.deepEqual((await processes.run([join(folder, 'absent')], {deadlineMs})).end, {how: 'missing'})
})

test('processes: a missing folder to start in is no missing program', async () => {
  assert.deepEqual((await shell('true', {cwd: join(folder, 'absent')})).end, {how: 'refused', reason: 'ENOENT'})
})

test('processes: what the system refuses to start is refused, with its reason', async () => {
  const path = join(folder, 'not-executable')
  writeFileSync(path, '#!/bin/sh\n')
  chmodSync(path, 0o644)
  assert.deepEqual((await processes.run([path], {deadlineMs})).end, {how: 'refused', reason: 'EACCES'})
  rmSync(path)
  const tooLong = await processes.run(['true', 'x'.repeat(3_000_000)], {deadlineMs})
  assert.deepEqual(tooLong.end, {how: 'refused', reason: 'E2BIG'})
  const withZero = await processes.run(['true', 'a\0b'], {deadlineMs})
  assert.deepEqual(withZero.end, {how: 'refused', reason: 'EINVAL'})
  const zeroInside = await processes.run(['true'], {deadlineMs, env: {VALUE: 'a\0b'}})
  assert.deepEqual(zeroInside.end, {how: 'refused', reason: 'ERR_INVALID_ARG_VALUE'})
})

test('processes: a program that heeds SIGTERM is not killed, and can say goodbye', async () => {
  const script = 'trap "echo goodbye; exit 3" TERM; sleep 300 & wait'
  const {ran, left} = await shellAndLeft(script, {deadlineMs: 300, graceMs: 30_000})
  assert.deepEqual(ran.end, {how: 'deadline'})
  assert.equal(ran.stdout.text, 'goodbye\n')
  assert.deepEqual(left, [])
})

test('processes: a program that ignores SIGTERM is killed after the grace, with its children', async () => {
  const script = 'trap "" TERM; sleep 300 & echo ready; sleep 300'
  const {ran, left} = await shellAndLeft(script, {deadlineMs: 300, graceMs: 100})
  assert.deepEqual(ran.end, {how: 'deadline'})
  assert.equal(ran.stdout.text, 'ready\n')
  assert.equal(ran.strays, 0, 'those in the group go with it and are not counted')
  assert.ok(ran.durationMs >= 390 && ran.durationMs < deadlineMs)
  assert.deepEqual(left, [])
})

test('processes: at the deadline a grandchild in a session of its own that holds the output is found and ended', async () => {
  const script = 'setsid -f sh -c "trap \\"\\" TERM; echo up; sleep 300; sleep 300"; sleep 300'
  const {ran, left} = await shellAndLeft(script, {deadlineMs: 500, graceMs: 100})
  assert.deepEqual(ran.end, {how: 'deadline'})
  assert.equal(ran.stdout.text, 'up\n')
  assert.ok(ran.strays >= 2, `${ran.strays} strays`)
  assert.ok(ran.durationMs < deadlineMs)
  assert.deepEqual(left, [])
})

test('processes: a daemon left behind by a program that ended well keeps the run no longer than a moment', async () => {
  const {ran, left} = await shellAndLeft('setsid -f sleep 300; echo started')
  assert.deepEqual(ran.end, {how: 'exited', code: 0})
  assert.equal(ran.stdout.text, 'started\n')
  assert.equal(ran.strays, 1)
  assert.ok(ran.durationMs < deadlineMs)
  assert.deepEqual(left, [])
})

test('processes: a background job is ended although it holds none of our pipes', async () => {
  const {ran, left} = await shellAndLeft('sleep 300 >/dev/null 2>&1 & sleep 300 >/dev/null 2>&1 & exit 4')
  assert.deepEqual(ran.end, {how: 'exited', code: 4})
  assert.equal(ran.strays, 2)
  assert.deepEqual(left, [])
})

test('processes: a background job that cleared its environment is found by its session', async () => {
  const ran = await shell('env -i sleep 300 >/dev/null 2>&1 & echo $!')
  assert.equal(ran.strays, 1)
  assert.ok(await untilGone(Number(ran.stdout.text)))
})

test('processes: output that is on its way when the program ends still arrives', async () => {
  const ran = await shell('(sleep 0.05; echo late) & echo first')
  assert.equal(ran.stdout.text, 'first\nlate\n')
  assert.equal(ran.strays, 0)
})

test('processes: what a run inside a run started is found by the outer one, too', async () => {
  const nested = join(import.meta.dirname, '../fixtures/process-nested.ts')
  const mine = randomUUID()
  const stop = new AbortController()
  const running = processes.run([process.execPath, nested], {
    ...{deadlineMs, graceMs: 100, signal: stop.signal},
    env: {TEST_FAMILY: mine}
  })
  const isSleeping = (): boolean => processesNamed('sleep').some((pid) => isInside(pid, mine))
  for (let look = 0; look < 500 && !isSleeping(); look += 1) await delay(20)
  const sleeper = processesNamed('sleep').find((pid) => isInside(pid, mine))
  stop.abort()
  const ran = await running
  assert.deepEqual(ran.end, {how: 'aborted'})
  assert.equal(ran.stdout.text, 'ready\n')
  assert.equal(ran.strays, 1)
  assert.ok(await untilGone(Number(sleeper)))
})

test('processes: an abort ends the program and is told apart from a deadline', async () => {
  const stop = new AbortController()
  const up = join(folder, 'up')
  const running = shellAndLeft(`echo up; : > ${up}; sleep 300`, {signal: stop.signal})
  while (!existsSync(up)) await delay(10)
  stop.abort()
  const {ran, left} = await running
  assert.deepEqual(ran.end, {how: 'aborted'})
  assert.equal(ran.stdout.text, 'up\n')
  assert.deepEqual(left, [])
})

test('processes: an abort because of a deadline further up is a deadline', async () => {
  const stop = new AbortController()
  const begun = join(folder, 'begun')
  const running = shell(`: > ${begun}; sleep 300`, {signal: stop.signal})
  while (!existsSync(begun)) await delay(10)
  stop.abort('deadline')
  assert.deepEqual((await running).end, {how: 'deadline'})
})

test('processes: nothing is started once the signal has fired', async () => {
  const path = join(folder, 'started')
  const ran = await processes.run(['touch', path], {deadlineMs, signal: AbortSignal.abort()})
  assert.deepEqual(ran.end, {how: 'aborted'})
  assert.equal(existsSync(path), false)
})

test('processes: what cannot be found holds neither the run nor our own exit', async () => {
  const script = join(import.meta.dirname, '../fixtures/process-leaves-hidden.ts')
  const ran = await processes.run([process.execPath, script], {deadlineMs})
  assert.deepEqual(ran.end, {how: 'exited', code: 0})
  const inner = JSON.parse(ran.stdout.text) as Ran
  const hidden = Number(inner.stdout.text)
  assert.deepEqual(inner.end, {how: 'exited', code: 0})
  assert.ok(inner.durationMs < deadlineMs)
  assert.ok(existsSync(`/proc/${hidden}`), 'it is alive, so this test shows something')
  processes.signal(hidden, 'SIGKILL')
})

test('processes: pids that stand for our own group or for init are never signalled', () => {
  for (const pid of [1, 0, -1, -4711, Number.NaN, 2.5, Number.POSITIVE_INFINITY]) {
    assert.throws(
      () => {
        processes.signal(pid, 'SIGCONT')
      },
      (error) => error instanceof Fault && error.code === 'process-protected'
    )
  }
})

test('processes: a signal reaches its process, and one that is gone is an error of the system', async () => {
  const child = spawn('sleep', ['300'], {stdio: 'ignore'})
  const pid = child.pid ?? 0
  processes.signal(pid, 'SIGKILL')
  await once(child, 'exit')
  assert.equal(child.signalCode, 'SIGKILL')
  assert.throws(() => {
    processes.signal(pid, 'SIGCONT')
  }, /ESRCH/)
})

test('strays: members are those of the session and those with the mark, if they can still run and are not older', async () => {
  const proc = mkdtempSync(join(folder, 'proc-'))
  const add = (pid: number, stat: string, environ = ''): void => {
    mkdirSync(join(proc, String(pid)))
    writeFileSync(join(proc, String(pid), 'stat'), stat)
    writeFileSync(join(proc, String(pid), 'environ'), environ)
  }
  const stat = (state: string, [group, session]: [number, number], startTicks: number): string =>
    `1 (a) b (Z 1) ${state} 1 ${group} ${session} 0 -1 4 ${'0 '.repeat(12)}${startTicks} 0\n`
  const marked = 'PATH=/bin\0LOGCASTER_CHILD=/outer/mark\0'
  add(20, stat('S', [20, 20], 500))
  add(21, stat('R', [21, 20], 501))
  add(22, stat('S', [22, 22], 502), marked)
  add(23, stat('Z', [20, 20], 503), marked)
  add(24, stat('S', [24, 24], 504), 'LOGCASTER_CHILD=/another\0')
  add(25, stat('S', [25, 25], 499), marked)
  add(26, stat('D', [26, 26], 505), marked)
  add(27, stat('D', [20, 20], 506))
  mkdirSync(join(proc, '28'))
  add(29, stat('S', [29, 29], 507))
  rmSync(join(proc, '29', 'environ'))
  writeFileSync(join(proc, 'uptime'), '')
  const members = await livingMembers({leader: 20, mark: 'mark', startTicks: 500}, proc)
  assert.deepEqual(members.map((member) => member.pid).sort(), [20, 21, 22, 27])
  assert.ok(members.every((member) => member.isEnding))
})

test('strays: without a list of processes nobody is found', async () => {
  const absent = join(folder, 'absent')
  assert.deepEqual(await livingMembers(familyOf(20, 'mark', absent), absent), [])
})

test('strays: the search for the last ones ends even when one of them does not', async () => {
  const child = spawn('sleep', ['300'], {stdio: 'ignore', detached: true})
  const pid = child.pid ?? 0
  const hunt = {family: familyOf(pid, 'mark'), isGroupKilled: true, ended: new Set<string>()}
  await endStrays(realClock(), hunt)
  assert.deepEqual([...hunt.ended], [])
  assert.deepEqual(
    (await livingMembers(hunt.family)).map((member) => member.pid),
    [pid]
  )
  await endStrays(realClock(), {...hunt, isGroupKilled: false})
  assert.equal(hunt.ended.size, 1)
  assert.ok(await untilGone(pid))
})

function processesNamed(name: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/comm`, 'latin1') === `${name}\n`
    } catch {
      return false
    }
  })
}

/** Whether the process carries, in its chain of marks, the one of the family that has the word. */
function isInside(pid: string, word: string): boolean {
  const [outer] = pidsWith(word)
  const mark = /LOGCASTER_CHILD=([^\0]+)/.exec(
    outer === undefined ? '' : readFileSync(`/proc/${outer}/environ`, 'latin1')
  )
  return mark?.[1] !== undefined && pidsWith(`LOGCASTER_CHILD=${mark[1]}/`).includes(pid)
}
