import assert from 'node:assert/strict'
import {spawn, spawnSync} from 'node:child_process'
import fs from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {checkout, inOwnMounts, isRoot, ordinaryUser, unlessRoot} from '../../cli/run.ts'
import {hardNames} from '../kinds.ts'

/** The steps that change files, on a real disk: as whoever runs the tests, and as root also as nobody. */

const script = join(checkout, 'test/fixtures/file-steps.ts')
const dayMs = 86_400_000

interface Step {
  readonly kind: 'file.write' | 'file.move' | 'file.remove' | 'file.purge'
  readonly inputs: object
  readonly agoMs?: number
  readonly folder: string
}

interface Came {
  readonly action?: string
  readonly status?: string
  readonly needs?: {readonly root: boolean}
  readonly fault?: {readonly code: string; readonly values: object}
  readonly reasons?: readonly {readonly code: string; readonly values: {readonly reason?: string}}[]
}

/** What came of each verb, in their order. */
function doing(steps: readonly Step[], verbs: readonly string[], under: readonly string[] = []): readonly Came[] {
  const given = JSON.stringify(steps.map((step) => ({agoMs: 0, ...step})))
  const [program = '', ...words] = [...under, process.execPath, script, given, ...verbs]
  const {status, stdout, stderr} = spawnSync(program, words, {encoding: 'utf8'})
  assert.equal(status, 0, stderr)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Came)
}

function folderOf(t: TestContext, uid = process.getuid?.() ?? 0): string {
  const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'logcaster-steps-'))
  t.after(() => {
    fs.rmSync(folder, {recursive: true, force: true})
  })
  fs.chmodSync(folder, 0o755)
  if (isRoot) fs.chownSync(folder, uid, uid)
  return folder
}

interface Owner {
  readonly uid: number
  readonly gid: number
  readonly mode: number
}

function putOld(path: string, {uid, gid, mode}: Owner): void {
  fs.writeFileSync(path, 'old content\n')
  if (isRoot) fs.chownSync(path, uid, gid)
  fs.chmodSync(path, mode)
  fs.utimesSync(path, 1_700_000_000, 1_700_000_000.25)
}

/** Everything that undo has to bring back. */
function stateOf(folder: string): unknown {
  return fs.readdirSync(folder, {recursive: true, encoding: 'utf8'}).map((name) => {
    const {ino, uid, gid, mode, mtimeMs, nlink, size} = fs.lstatSync(join(folder, name))
    const isFile = fs.lstatSync(join(folder, name)).isFile()
    return [name, uid, gid, mode, ...(isFile ? [ino, mtimeMs, nlink, size] : [])]
  })
}

function users(): readonly {
  readonly who: string
  readonly id: number
  readonly under: readonly string[]
  readonly skip: string | false
}[] {
  const ordinary = ordinaryUser()
  const root = {who: 'root', id: 0, under: [], skip: unlessRoot()}
  if (typeof ordinary === 'string') return [root, {who: 'an ordinary user', id: -1, under: [], skip: ordinary}]
  return [root, {who: 'an ordinary user', ...ordinary, skip: false}]
}

/** Each step on a file of this name, in a world of its own. */
function stepsOn(folder: string, name: string): readonly Step[] {
  const path = join(folder, name)
  const hold = 7 * dayMs
  return [
    {folder, kind: 'file.write', inputs: {path, content: 'new', mode: null, hold}},
    {folder, kind: 'file.move', inputs: {from: path, to: join(folder, 'sub', name)}},
    {folder, kind: 'file.remove', inputs: {path, reason: 'old', hold, within: folder}}
  ]
}

for (const {who, id, under, skip} of users()) {
  test(`file steps, as ${who}: undo brings back owner, mode, times and the very same file`, {skip}, (t) => {
    for (const {kind} of stepsOn('', '')) {
      const folder = folderOf(t, id)
      const own = {uid: id, gid: id, mode: 0o604}
      putOld(join(folder, 'app.log'), isRoot && id === 0 ? {uid: 33, gid: 4, mode: 0o4751} : own)
      fs.mkdirSync(join(folder, 'sub'))
      if (isRoot) fs.chownSync(join(folder, 'sub'), id, id)
      const before = stateOf(folder)
      const step = stepsOn(folder, 'app.log').find((one) => one.kind === kind)
      assert.ok(step !== undefined)
      const came = doing([step], ['plan', 'apply', 'plan', 'undo', 'undo', 'plan'], under)
      const words = came.map(({action, status}) => action ?? status)
      assert.deepEqual(words, ['change', 'done', 'nothing', 'undone', 'undone', 'change'], JSON.stringify(came))
      assert.deepEqual(stateOf(folder), before, kind)
    }
  })

  test(`file steps, as ${who}: names that could fool a shell or a terminal are names like others`, {skip}, (t) => {
    const folder = folderOf(t, id)
    const names = hardNames.filter((one) => one !== '.hidden')
    for (const name of names) putOld(join(folder, name), {uid: id, gid: id, mode: 0o600})
    const before = stateOf(folder)
    const steps = names.flatMap((name) => stepsOn(folder, name).filter(({kind}) => kind !== 'file.move'))
    const came = doing(steps, ['apply', 'plan', 'undo'], under)
    const words = came.map(({action, status}) => action ?? status)
    assert.deepEqual(
      words,
      steps.flatMap(() => ['done', 'nothing', 'undone'])
    )
    assert.deepEqual(stateOf(folder), before)
  })

  test(
    `file.remove, as ${who}: S-90: a log that a process has open is never moved, however quiet it is`,
    {skip},
    async (t) => {
      const folder = folderOf(t, id)
      const path = join(folder, 'app.log')
      putOld(path, {uid: id, gid: id, mode: 0o644})
      const opening = ['/bin/sh', '-c', 'exec 3>>"$1"; echo ready; read line', 'sh', path]
      // What is under it runs it in its own place.
      const holder = spawn('env', [...under, ...opening], {stdio: ['pipe', 'pipe', 'inherit']})
      t.after(() => holder.kill())
      await new Promise((resolve) => holder.stdout.once('data', resolve))
      // The open itself leaves the file as old as it was.
      const step = {folder, kind: 'file.remove', inputs: {path, reason: 'old', hold: dayMs, within: folder}} as const
      const [held] = doing([step], ['plan'], under)
      assert.deepEqual(
        held?.reasons?.map(({values}) => values.reason),
        ['open']
      )
      const ended = new Promise((resolve) => holder.once('close', resolve))
      holder.stdin.end('\n')
      await ended
      assert.deepEqual(
        doing([step], ['plan', 'apply'], under).map(({action, status}) => action ?? status),
        ['change', 'done']
      )
      assert.ok(!fs.existsSync(path))
    }
  )

  test(`file.remove, as ${who}: S-93: links and sockets of others, and what lies elsewhere, stay`, {skip}, (t) => {
    const [folder, elsewhere] = [folderOf(t, id), folderOf(t, id)]
    putOld(join(elsewhere, 'theirs'), {uid: id, gid: id, mode: 0o644})
    fs.symlinkSync(join(elsewhere, 'theirs'), join(folder, 'link'))
    fs.symlinkSync(elsewhere, join(folder, 'out'))
    const socket = spawnSync('mkfifo', [join(folder, 'pipe')])
    assert.equal(socket.status, 0)
    const reason = (name: string): unknown => {
      const step = {
        folder,
        kind: 'file.remove',
        inputs: {path: join(folder, name), reason: '', hold: 0, within: folder}
      } as const
      const [came] = doing([step], ['plan'], under)
      return came?.reasons?.map(({code, values}) => values.reason ?? code)
    }
    assert.deepEqual([reason('link'), reason('pipe'), reason('out/theirs')], [['link'], ['other'], ['target-outside']])
  })

  test(`file.purge, as ${who}: frees what is due, and nothing before`, {skip}, (t) => {
    const folder = folderOf(t, id)
    const path = join(folder, 'app.log')
    putOld(path, {uid: id, gid: id, mode: 0o644})
    const remove = {
      folder,
      kind: 'file.remove',
      inputs: {path, reason: 'old', hold: dayMs, within: folder},
      agoMs: 2 * dayMs
    } as const
    const purge = {folder, kind: 'file.purge', inputs: {folder, within: folder}} as const
    assert.deepEqual(
      doing([remove], ['apply'], under).map(({status}) => status),
      ['done']
    )
    const early = doing([{...purge, agoMs: 2 * dayMs}], ['plan'], under)
    assert.deepEqual(
      early.map(({action}) => action),
      ['nothing']
    )
    const came = doing([purge], ['plan', 'apply', 'plan'], under)
    assert.deepEqual(
      came.map(({action, status}) => action ?? status),
      ['change', 'done', 'nothing']
    )
    assert.deepEqual(fs.readdirSync(folder, {recursive: true}), ['.logcaster-held'])
  })
}

test('file steps: who may not change a folder is told that root is needed, before anything is done', (t) => {
  const user = ordinaryUser()
  if (typeof user === 'string' || !isRoot) {
    t.skip(typeof user === 'string' ? user : 'needs root to make a folder that is not ours')
    return
  }
  const folder = folderOf(t, 0)
  fs.mkdirSync(join(folder, 'sub'))
  putOld(join(folder, 'app.log'), {uid: 0, gid: 0, mode: 0o644})
  const before = stateOf(folder)
  for (const step of stepsOn(folder, 'app.log')) {
    const came = doing([step], ['plan', 'apply'], user.under)
    assert.deepEqual([came[0]?.needs?.root, came[1]?.status], [true, 'failed'], step.kind)
    assert.deepEqual(stateOf(folder), before)
  }
  fs.chmodSync(folder, 0o1777)
  const [write, move, remove] = stepsOn(folder, 'app.log').map((step) => doing([step], ['plan'], user.under)[0])
  assert.deepEqual(
    [write, move, remove].map((came) => came?.needs?.root),
    [true, true, true]
  )
})

test(
  'file.write: on a full disk the old file stays, and nothing is left beside it',
  {skip: unlessRoot('unshare')},
  (t) => {
    const folder = folderOf(t)
    const fill =
      'mount -t tmpfs -o size=128k tmpfs "$1"; echo old > "$1/app.conf"; dd if=/dev/zero of="$1/fill" bs=4k count=20 status=none'
    const step: Step = {
      folder,
      kind: 'file.write',
      inputs: {path: join(folder, 'app.conf'), content: 'new '.repeat(30_000), mode: null, hold: dayMs}
    }
    const came = doing([step], ['apply', 'look', 'undo', 'look'], inOwnMounts(fill, folder))
    assert.deepEqual(came[0]?.fault, {
      code: 'file-unwritable',
      values: {path: join(folder, 'app.conf'), reason: 'ENOSPC'}
    })
    assert.deepEqual(came[2], {status: 'undone'})
    const sizes = new Map(came[3] as unknown as [string, number][])
    assert.deepEqual([[...sizes.keys()].toSorted(), sizes.get('app.conf')], [['app.conf', 'fill'], 4])
  }
)

test(
  'file steps: where even root may not write, that is told before anything is done',
  {skip: unlessRoot('unshare')},
  (t) => {
    const folder = folderOf(t)
    const mount =
      'mount -t tmpfs tmpfs "$1"; mkdir "$1/sub"; echo old > "$1/app.log"; touch -d 2020-01-01 "$1/app.log"; mount -o remount,ro "$1"'
    for (const step of stepsOn(folder, 'app.log')) {
      const [came] = doing([step], ['plan'], inOwnMounts(mount, folder))
      assert.ok(
        came?.reasons?.every(({values}) => values.reason === 'read-only'),
        JSON.stringify(came)
      )
    }
  }
)

test('file.move: another file system is told before anything is done', {skip: unlessRoot('unshare')}, (t) => {
  const folder = folderOf(t)
  fs.mkdirSync(join(folder, 'sub'))
  putOld(join(folder, 'app.log'), {uid: 0, gid: 0, mode: 0o644})
  const step = {
    folder,
    kind: 'file.move',
    inputs: {from: join(folder, 'app.log'), to: join(folder, 'sub/app.log')}
  } as const
  const [came] = doing([step], ['plan'], inOwnMounts('mount -t tmpfs tmpfs "$1/sub"', folder))
  assert.deepEqual(
    came?.reasons?.map(({values}) => values.reason),
    ['other-file-system']
  )
})

test('file.move: one folder mounted at two places is not two files', {skip: unlessRoot('unshare')}, (t) => {
  const folder = folderOf(t)
  for (const name of ['one', 'two']) fs.mkdirSync(join(folder, name))
  putOld(join(folder, 'one/app.log'), {uid: 0, gid: 0, mode: 0o644})
  // A second name somewhere else, so that counting names does not tell.
  fs.linkSync(join(folder, 'one/app.log'), join(folder, 'other'))
  const step = {
    folder,
    kind: 'file.move',
    inputs: {from: join(folder, 'one/app.log'), to: join(folder, 'two/app.log')}
  } as const
  const [came] = doing([step], ['plan'], inOwnMounts('mount --bind "$1/one" "$1/two"', folder))
  assert.deepEqual(
    came?.reasons?.map(({values}) => values.reason),
    ['same-name']
  )
})

test('file steps: attributes that only the file system knows come back too', {skip: unlessRoot('setfattr')}, (t) => {
  const folder = folderOf(t)
  const path = join(folder, 'app.log')
  fs.mkdirSync(join(folder, 'sub'))
  putOld(path, {uid: 0, gid: 0, mode: 0o644})
  assert.equal(spawnSync('setfattr', ['-n', 'user.owner', '-v', 'kim', path]).status, 0)
  for (const step of stepsOn(folder, 'app.log')) {
    doing([step], ['apply', 'undo'])
    const {stdout} = spawnSync('getfattr', ['--only-values', '-n', 'user.owner', path], {encoding: 'utf8'})
    assert.equal(stdout, 'kim', step.kind)
  }
})
