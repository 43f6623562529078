import assert from 'node:assert/strict'
import {createHash} from 'node:crypto'
import {test} from 'node:test'
import type {FileFact, FileSubject, ProgramFact, Subject} from '../../src/runbook/facts.ts'
import {look} from '../../src/runbook/look.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import {seedFromEnvironment} from '../sim/random.ts'

const seed = seedFromEnvironment()
const signal = new AbortController().signal

async function fileOf(host: SimHost, path: string, asked: Partial<FileSubject> = {}): Promise<FileFact> {
  return (await look([{type: 'file', path, ...asked}], host, signal)).file(path)
}

test('look: says of a file what it is, and of its folder where it really is and whether it may be changed', async () => {
  const host = simHost({seed})
  host.disk.put('/srv/logs/app.log', 'text', {mode: 0o640, uid: 33, gid: 4, modifiedMs: 5000})
  host.disk.putLink('/var/log/app', '/srv/logs')
  const {inode} = host.disk.look('/srv/logs/app.log')
  const folder = host.disk.look('/srv/logs')
  assert.deepEqual(await fileOf(host, '/var/log/app/app.log'), {
    type: 'file',
    folder: {
      state: 'directory',
      realPath: '/srv/logs',
      device: folder.device,
      inode: folder.inode,
      isWritable: true
    },
    state: 'file',
    size: 4,
    mode: 0o640,
    uid: 33,
    gid: 4,
    device: folder.device,
    inode,
    links: 1,
    modifiedMs: 5000,
    sha256: null,
    text: null,
    isOpen: null
  })
})

test('look: a link is told as a link, wherever it leads, and nothing behind it is read', async () => {
  const host = simHost({seed})
  host.disk.put('/etc/shadow', 'secret')
  host.disk.putLink('/srv/logs/app.log', '/etc/shadow')
  host.disk.putLink('/srv/logs/nowhere', '/none')
  host.disk.touched.clear()
  assert.equal((await fileOf(host, '/srv/logs/app.log', {content: true, use: true})).state, 'link')
  assert.equal((await fileOf(host, '/srv/logs/nowhere')).state, 'link')
  assert.ok(!host.disk.touched.has('/etc/shadow'))
})

test('look: folders, devices, nothing at all, and what cannot be looked at are told apart', async () => {
  const host = simHost({seed})
  host.disk.putFolder('/srv/logs/sub')
  host.disk.put('/srv/logs/pipe', '', {kind: 'other'})
  host.disk.put('/srv/file', '')
  host.disk.putLink('/srv/loop', '/srv/loop')
  const states = async (path: string): Promise<unknown> => {
    const {state, folder} = await fileOf(host, path)
    return [state, folder.state]
  }
  assert.deepEqual(await states('/srv/logs/sub'), ['directory', 'directory'])
  assert.deepEqual(await states('/srv/logs/pipe'), ['other', 'directory'])
  assert.deepEqual(await states('/srv/logs/none'), ['absent', 'directory'])
  assert.deepEqual(await states('/none/app.log'), ['absent', 'absent'])
  assert.deepEqual(await states('/srv/file/app.log'), ['absent', 'other'])
  assert.deepEqual(await states('/srv/loop/app.log'), ['unreadable', 'unreadable'])
  assert.deepEqual(await states('/app.log'), ['absent', 'directory'])
})

test('look: an error of the disk is told, whichever operation meets it', async () => {
  for (let failAt = 1; ; failAt += 1) {
    const host = simHost({seed, failAt})
    host.disk.put('/srv/app.log', 'text')
    const fact = await fileOf(host, '/srv/app.log', {content: true})
    if (!host.disk.failed) break
    const isTold = fact.state === 'unreadable' ? fact.reason === 'EIO' : fact.folder.state === 'unreadable'
    assert.ok(isTold, `failAt=${failAt}: ${host.disk.failedOperation}`)
    assert.equal(host.disk.openFiles, 0)
  }
})

test('look: content is read where it is asked for: its hash, and its text where it is text', async () => {
  const host = simHost({seed})
  const contents: Record<string, Uint8Array | string> = {
    text: '\uFEFF한글\n',
    empty: '',
    nul: 'a\0b',
    latin: Uint8Array.of(0xe9),
    full: 'x'.repeat(1 << 20),
    large: 'x'.repeat((1 << 20) + 1)
  }
  for (const [name, content] of Object.entries(contents)) host.disk.put(`/srv/${name}`, content)
  const found = async (name: string): Promise<unknown> => {
    const fact = await fileOf(host, `/srv/${name}`, {content: true})
    assert.ok(fact.state === 'file')
    return [fact.sha256, fact.text?.slice(0, 4) ?? null]
  }
  const hash = (name: string): string =>
    createHash('sha256')
      .update(contents[name] ?? '')
      .digest('hex')
  assert.deepEqual(await found('text'), [hash('text'), '\uFEFF한글\n'])
  assert.deepEqual(await found('empty'), [hash('empty'), ''])
  assert.deepEqual(await found('nul'), [hash('nul'), null])
  assert.deepEqual(await found('latin'), [hash('latin'), null])
  assert.deepEqual(await found('full'), [hash('full'), 'xxxx'])
  assert.deepEqual(await found('large'), [null, null])
})

test('look: whether a file is open is true, false, or not known, and nobody is asked unless it matters', async () => {
  const host = simHost({seed})
  host.disk.seed({'/srv/open.log': '', '/srv/quiet.log': ''})
  host.openFiles.hold(host.disk.look('/srv/open.log'))
  const use = async (path: string): Promise<unknown> => {
    const fact = await fileOf(host, path, {use: true})
    return fact.state === 'file' ? fact.isOpen : fact.state
  }
  assert.deepEqual([await use('/srv/open.log'), await use('/srv/quiet.log')], [true, false])
  host.openFiles.isComplete = false
  assert.deepEqual([await use('/srv/open.log'), await use('/srv/quiet.log')], [true, null])
  const unasked = {...host, openFiles: {look: (): never => assert.fail('nobody asked')}}
  await look([{type: 'file', path: '/srv/open.log'}], unasked, signal)
})

test('look: each thing is read once, with all that anybody asks of it', async () => {
  const host = simHost({seed})
  host.disk.put('/srv/app.log', 'text')
  const path = '/srv/app.log'
  const once: readonly Subject[] = [{type: 'file', path, content: true, use: true}]
  const often: readonly Subject[] = [
    {type: 'file', path, use: true},
    {type: 'file', path, content: true, use: false},
    {type: 'file', path}
  ]
  const first = await look(once, host, signal)
  const {operations} = host.disk
  const second = await look(often, host, signal)
  assert.deepEqual(second.file(path), first.file(path))
  assert.equal(host.disk.operations - operations, operations)
  assert.throws(() => second.file('/srv/other'), /bug: file:\/srv\/other was not looked at/)
})

test('look: who is not root may not change the names of others in a sticky folder', async () => {
  const host = simHost({seed, machine: {uid: 1000}})
  host.disk.putFolder('/tmp', {mode: 0o1777})
  host.disk.put('/tmp/theirs', '')
  host.disk.put('/tmp/mine', '', {uid: 1000})
  host.disk.putFolder('/home/me', {mode: 0o1777, uid: 1000})
  host.disk.put('/home/me/theirs', '')
  const writable = async (path: string): Promise<boolean> => (await fileOf(host, path)).folder.isWritable
  assert.deepEqual(
    [await writable('/tmp/theirs'), await writable('/tmp/mine'), await writable('/tmp/new')],
    [false, true, true]
  )
  assert.equal(await writable('/home/me/theirs'), true)
  host.disk.forbid('/tmp')
  assert.equal(await writable('/tmp/mine'), false)
  assert.equal(
    await look([{type: 'file', path: '/tmp/theirs'}], {...host, machine: {...host.machine, uid: 0}}, signal).then(
      (facts) => facts.file('/tmp/theirs').folder.isWritable
    ),
    false
  )
})

async function programOf(host: SimHost, word: string, folder = '/etc/logcaster/runbooks'): Promise<ProgramFact> {
  return (await look([{type: 'program', word, folder}], host, signal)).program(word, folder)
}

test('look: a program is found on the fixed path, at its absolute path, or beside the runbook, and nowhere else', async () => {
  const host = simHost({seed})
  host.disk.put('/usr/bin/tool', '', {mode: 0o755})
  host.disk.put('/etc/logcaster/runbooks/own.sh', '', {mode: 0o750})
  host.disk.put('/etc/logcaster/runbooks/sub/own.sh', '', {mode: 0o750})
  host.disk.put('/etc/logcaster/other.sh', '', {mode: 0o755})
  const found = async (word: string): Promise<unknown> => {
    const {state, path} = await programOf(host, word)
    return state === 'found' ? path : state
  }
  assert.equal(await found('tool'), '/usr/bin/tool')
  assert.equal(await found('/usr/bin/tool'), '/usr/bin/tool')
  assert.equal(await found('./own.sh'), '/etc/logcaster/runbooks/own.sh')
  assert.equal(await found('./sub/own.sh'), '/etc/logcaster/runbooks/sub/own.sh')
  for (const word of [
    'own.sh',
    'sub/own.sh',
    './../other.sh',
    '../other.sh',
    '/usr/bin/../bin/tool',
    '',
    'none',
    './none'
  ]) {
    assert.equal(await found(word), 'missing', word)
  }
})

test('look: what is no program, or may not be executed, is passed over for one further down the path', async () => {
  const host = simHost({seed})
  host.disk.put('/usr/local/bin/tool', '', {mode: 0o644})
  host.disk.putFolder('/usr/sbin/tool')
  assert.deepEqual(await programOf(host, 'tool'), {
    type: 'program',
    state: 'not-executable',
    path: '/usr/local/bin/tool'
  })
  host.disk.put('/bin/tool', '', {mode: 0o755})
  assert.deepEqual(await programOf(host, 'tool'), {type: 'program', state: 'found', path: '/bin/tool'})
})

test('look: root is told of a program that others could change, and of one in a folder that others could', async () => {
  const host = simHost({seed})
  host.disk.put('/opt/app/tool', '', {mode: 0o757})
  host.disk.put('/opt/open/tool', '', {mode: 0o755})
  host.disk.putFolder('/opt/open', {mode: 0o777})
  host.disk.put('/opt/theirs/tool', '', {mode: 0o755, uid: 1000})
  for (const path of ['/opt/app/tool', '/opt/open/tool', '/opt/theirs/tool']) {
    assert.equal((await programOf(host, path)).state, 'unsafe', path)
    const other = simHost({seed, machine: {uid: 1000}})
    assert.equal((await programOf({...other, disk: host.disk}, path)).state, 'found', path)
  }
})

test('look: a program whose folder cannot be looked at is none for us', async () => {
  const host = simHost({seed, failAt: 1})
  host.disk.put('/usr/bin/tool', '', {mode: 0o755})
  assert.equal((await programOf(host, '/usr/bin/tool')).state, 'missing')
})

test('look: a unit is what its manager says', async () => {
  const facts = await look([{type: 'unit', unit: 'app.service'}], simHost({seed, manager: 'none'}), signal)
  assert.deepEqual(facts.unit('app.service'), {answer: 'no-manager'})
})

test('look: nothing more is read once the signal fires', async () => {
  const host = simHost({seed})
  const stop = new AbortController()
  stop.abort('deadline')
  await assert.rejects(look([{type: 'file', path: '/srv/app.log'}], host, stop.signal))
  assert.equal(host.disk.operations, 0)
})

test('look: the holding area of a folder is there, or not, or not ours to use', async () => {
  const host = simHost({seed})
  const area = '/srv/.logcaster-held'
  const held = async (): Promise<unknown> => {
    const {state, runs} = (await look([{type: 'held', folder: '/srv', isListed: true}], host, signal)).held('/srv')
    return [state, runs.map(({path, entries}) => [path, entries.map(({kind}) => kind)])]
  }
  assert.deepEqual(await held(), ['absent', []])
  host.disk.putFolder(area, {mode: 0o755})
  assert.deepEqual(await held(), ['foreign', []])
  host.disk.putFolder(area, {mode: 0o700})
  assert.deepEqual(await held(), ['ours', []])
  const run = `${area}/k3v9x2.20261127T091500Z`
  host.disk.putFolder(run, {mode: 0o700})
  host.disk.putFolder(`${area}/open.20261127T091500Z`, {mode: 0o755})
  host.disk.putFolder(`${area}/notes`, {mode: 0o700})
  host.disk.seed({[`${run}/1-app.log`]: '', [`${run}/1.held`]: '', [`${run}/stray`]: ''})
  host.disk.putLink(`${run}/2-app.log`, '/etc/shadow')
  assert.deepEqual(await held(), ['ours', [[run, ['held', 'note', 'other', 'other']]]])
  const unlisted = await look([{type: 'held', folder: '/srv'}], host, signal)
  assert.deepEqual(unlisted.held('/srv'), {type: 'held', state: 'ours', runs: []})
  const broken = simHost({seed, failAt: 1})
  const unreadable = await look([{type: 'held', folder: '/srv'}], broken, signal)
  assert.equal(unreadable.held('/srv').state, 'unreadable')
})
