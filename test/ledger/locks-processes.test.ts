import assert from 'node:assert/strict'
import {spawn, spawnSync, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {fileURLToPath} from 'node:url'
import {realHost} from '../../src/host/real.ts'
import {ownIdentity} from '../../src/host/identity.ts'
import {acquire, listLocks, type Acquired} from '../../src/ledger/locks.ts'
import {times} from '../sim/random.ts'

const contender = fileURLToPath(new URL('contender.ts', import.meta.url))
const host = realHost()

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'logcaster-locks-'))
  t.after(() => {
    rmSync(folder, {recursive: true})
  })
  return folder
}

function start(t: TestContext, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [contender, ...args], {stdio: ['ignore', 'pipe', 'inherit']})
  t.after(() => child.kill('SIGKILL'))
  return child
}

/** Until it has said so. */
async function holder(t: TestContext, folder: string): Promise<ChildProcess> {
  const child = start(t, folder, 'hold')
  assert.ok(child.stdout !== null)
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  assert.equal(said.toString(), 'held\n')
  return child
}

async function tryHere(folder: string): Promise<Acquired> {
  const owner = {runId: 'here', command: 'test', leaseUntilMs: Date.now() + 1000, identity: await ownIdentity(host)}
  return acquire(host, [{resource: 'data', folder, mode: 'exclusive'}], {owner, waitMs: 0})
}

test('locks: two processes that race for one lock are never both inside', async (t) => {
  const folder = folderFor(t)
  const rounds = String(times(200))
  const racers = [start(t, folder, 'race', rounds), start(t, folder, 'race', rounds)]
  const codes = await Promise.all(racers.map((racer) => once(racer, 'exit')))
  assert.deepEqual(codes, [
    [0, null],
    [0, null]
  ])
  assert.deepEqual(readdirSync(join(folder, '.logcaster-locks')), [])
})

test('locks: the lock of a process that was killed is taken over', async (t) => {
  const folder = folderFor(t)
  const child = await holder(t, folder)
  const before = await tryHere(folder)
  assert.ok(before.status === 'conflict' && before.holder.identity.pid === child.pid)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const after = await tryHere(folder)
  assert.ok(after.status === 'held')
  assert.deepEqual(
    after.takenOver.map(({runId}) => runId),
    [`run-${child.pid}`]
  )
  await after.lease.release()
})

test('locks: a process that was stopped still holds', async (t) => {
  const folder = folderFor(t)
  const child = await holder(t, folder)
  child.kill('SIGSTOP')
  const found = await tryHere(folder)
  assert.ok(found.status === 'conflict' && found.holder.life === 'alive')
})

test('locks: a number that another process has now is not trusted', async (t) => {
  const folder = folderFor(t)
  await holder(t, folder)
  const [name = ''] = readdirSync(join(folder, '.logcaster-locks'))
  const path = join(folder, '.logcaster-locks', name)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace(/"start_ticks":\d+/, '"start_ticks":1'))
  const found = await tryHere(folder)
  assert.equal(found.status, 'held')
  assert.equal(found.takenOver.length, 1)
})

test('locks: a link in the place of their folder is not followed', async (t) => {
  const folder = folderFor(t)
  const elsewhere = folderFor(t)
  symlinkSync(elsewhere, join(folder, '.logcaster-locks'))
  await assert.rejects(tryHere(folder), {code: 'lock-unwritable'})
  assert.deepEqual(readdirSync(elsewhere), [])
})

const nobody = 65534

/** What it said as another user; undefined where it cannot be run as one: no root, or no right to read the sources. */
function asNobody(...args: string[]): string | undefined {
  const user = ['--reuid', String(nobody), '--regid', String(nobody), '--clear-groups']
  const ran = spawnSync('setpriv', [...user, process.execPath, contender, ...args], {encoding: 'utf8'})
  return ran.status === 0 ? ran.stdout : undefined
}

for (const first of ['root', 'a user']) {
  test(`locks: root and a user exclude each other where both may write, when ${first} comes first`, async (t) => {
    const folder = folderFor(t)
    chmodSync(folder, 0o777)
    if (first === 'a user' && asNobody(folder, 'leave', '1', 'left-by-user') !== '') {
      t.skip('we cannot be another user who may read the sources')
      return
    }
    const root = await tryHere(folder)
    assert.ok(root.status === 'held')
    assert.deepEqual(
      root.takenOver.map(({runId, identity}) => [runId, identity.uid]),
      first === 'root' ? [] : [['left-by-user', nobody]]
    )
    const refused = asNobody(folder, 'try')
    if (refused === undefined) {
      t.skip('we cannot be another user who may read the sources')
      return
    }
    assert.equal(refused, 'conflict here 0\n')
    assert.equal((await listLocks(host, [folder])).length, 1)
    await root.lease.release()
    // The folder's group is root's, which is not his: he gives his own group nothing.
    assert.equal(statSync(join(folder, '.logcaster-locks')).mode & 0o777, first === 'root' ? 0o777 : 0o707)
    const left = spawnSync(process.execPath, [contender, folder, 'leave', '1', 'left-by-root'])
    assert.equal(left.status, 0)
    assert.equal(asNobody(folder, 'try'), 'held left-by-root\n')
  })
}
