import assert from 'node:assert/strict'
import {once} from 'node:events'
import {readdirSync, readFileSync} from 'node:fs'
import {createServer} from 'node:http'
import {test, type TestContext} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {listen, start as listening} from '../fixtures/network-servers.ts'
import {codesOf, documentIn, inOwnMounts, place, unlessRoot, type Started} from './run.ts'

const signals = [
  {name: 'SIGINT', told: /^error: Interrupted \(SIGINT\)\.$/m},
  {name: 'SIGTERM', told: /^error: Terminated \(SIGTERM\)\.$/m},
  // A lost session: what it leaves must not go on without it.
  {name: 'SIGHUP', told: /^error: Terminated \(SIGHUP\)\.$/m}
] as const

for (const {name, told} of signals) {
  test(`${name} ends a slow check at once, as unknown, and says why`, async (t) => {
    const at = place(t)
    const port = await listen(t, () => undefined)
    const settings = [`checks.cert.expiry.endpoints=127.0.0.1:${port}`, 'checks.deadline=10m']
    const argv = ['daily-check', '--only', 'cert.expiry,mem.oom', ...settings.flatMap((one) => ['--set', one])]
    const {child, ended} = at.start(argv)
    assert.ok(child.stderr !== null)
    // The other check is done, and this one waits for a peer that says nothing.
    await once(child.stderr, 'data')
    child.kill(name)
    const {code, stdout, stderr} = await ended
    assert.equal(code, 3, stderr)
    assert.match(stdout, /UNKNOWN +cert\.expiry +interrupted before it had an answer/)
    assert.match(stderr, told)
    // What the other saw is remembered, and nothing half-written lies beside it.
    assert.deepEqual(readdirSync(at.state), ['daily-check.json'])
  })
}

test('a good run that is stopped before its news is taken is no good run', async (t) => {
  const at = place(t)
  const peer = createServer(() => undefined)
  const port = await listening(t, peer)
  const argv = [
    'daily-check',
    '--json',
    '--warn-as-ok',
    '--only',
    'disk.space',
    '--ping-url',
    `http://127.0.0.1:${port}`
  ]
  const limits = ['checks.disk.space.warning=null', 'checks.disk.space.critical=null']
  const {child, ended} = at.start([...argv, ...limits.flatMap((one) => ['--set', one])])
  await once(peer, 'request')
  child.kill('SIGTERM')
  const ran = await ended
  assert.equal(ran.code, 3, ran.stderr)
  const {status, errors, checks} = documentIn(ran)
  assert.deepEqual([status, codesOf(errors), checks[0]?.status], ['unknown', ['terminated'], 'ok'])
})

const needsMounts = {skip: unlessRoot('unshare', 'mount')}

test('nothing that was started is left behind, even what takes no SIGTERM', needsMounts, async (t) => {
  const {child, ended} = await startDeaf(t)
  child.kill('SIGTERM')
  const ran = await ended
  assert.equal(ran.code, 3, ran.stderr)
  assert.deepEqual(codesOf(documentIn(ran).errors), ['terminated'])
  assert.deepEqual(familyOf(tagOf(t)), [])
})

test('nothing that a check started outlives a run that its deadline has ended', needsMounts, async (t) => {
  const {ended} = await startDeaf(t, ['--timeout', '3s'])
  const ran = await ended
  assert.deepEqual([ran.code, documentIn(ran).checks[0]?.code], [3, 'check-timed-out'])
  assert.deepEqual(familyOf(tagOf(t)), [])
})

test('a signal that comes twice at once, as npm and timeout pass it on, is one', needsMounts, async (t) => {
  const {child, ended} = await startDeaf(t)
  child.kill('SIGINT')
  // The first has been heard when its check is told; the second finds the clean-up under way.
  assert.ok(child.stdout !== null)
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  const ran = await ended
  assert.deepEqual([ran.code, ran.signal], [3, null])
  assert.deepEqual(codesOf(documentIn(ran).errors), ['interrupted'])
  assert.deepEqual(familyOf(tagOf(t)), [])
})

test('a second signal does not wait for the clean-up, and leaves nothing behind either', needsMounts, async (t) => {
  const started = await startDeaf(t)
  const {child, ended} = started
  // Signals that come together are one: so it is asked again until it ends.
  while (isRunning(started)) {
    child.kill('SIGTERM')
    await delay(20)
  }
  assert.equal((await ended).code, 143)
  // Killed is not yet gone.
  for (let look = 0; look < 200 && familyOf(tagOf(t)).length > 0; look += 1) await delay(20)
  assert.deepEqual(familyOf(tagOf(t)), [])
})

test('a reader that takes nothing does not keep a run from being stopped', async (t) => {
  const names = Array.from({length: 30_000}, () => 'x').join(',')
  const started = place(t).start(['daily-check', '--json', '--only', names])
  const {child, ended} = started
  const {stdout: pipe} = child
  assert.ok(pipe !== null)
  const exited = once(child, 'exit')
  await once(pipe, 'data')
  // Megabytes are still to come, and nobody takes them.
  pipe.pause()
  child.kill('SIGTERM')
  assert.deepEqual(await exited, [3, null])
  pipe.resume()
  assert.match((await ended).stderr, /^error: The result could not be written to standard output: not read\.$/m)
})

/** A run that waits for a program which says nothing and takes no SIGTERM. */
async function startDeaf(t: TestContext, more: readonly string[] = []): Promise<Started> {
  const at = place(t)
  const deaf = at.file('kubectl', "#!/bin/sh\ntrap '' TERM\nsleep 300\nsleep 300\n")
  const under = inOwnMounts('mount -t tmpfs -o mode=755 none /usr/local/bin; install "$1" /usr/local/bin/kubectl', deaf)
  const settings = ['--set', 'checks.k8s.pods.namespace=logs', '--set', 'checks.deadline=10m']
  const argv = ['daily-check', '--json', '--only', 'k8s.pods', ...settings, ...more]
  const started = at.start(argv, {under, env: {LOGCASTER_CHILD: tagOf(t)}})
  t.after(() => {
    for (const pid of familyOf(tagOf(t))) process.kill(pid, 'SIGKILL')
  })
  while (!familyOf(tagOf(t)).some((pid) => pid !== started.child.pid && nameOf(pid) === 'sleep')) {
    assert.ok(isRunning(started))
    await delay(20)
  }
  return started
}

function isRunning({child}: Started): boolean {
  return child.exitCode === null && child.signalCode === null
}

/** What the command starts carries on this mark of its own environment. */
function tagOf(t: TestContext): string {
  return `test-${process.pid}-${t.name.length}`
}

function familyOf(tag: string): readonly number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.filter((pid) => contentOf(`/proc/${pid}/environ`).includes(`LOGCASTER_CHILD=${tag}`))
}

function nameOf(pid: number): string {
  return contentOf(`/proc/${pid}/comm`).trim()
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It has just ended, or belongs to somebody else.
    return ''
  }
}
