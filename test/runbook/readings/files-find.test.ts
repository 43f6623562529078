import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {filesFind} from '../../../src/runbook/readings/files-find.ts'
import type {Json} from '../../../src/runbook/step.ts'
import {simHost, type SimHost} from '../../sim/host.ts'
import {seedFromEnvironment} from '../../sim/random.ts'
import {stageOn} from '../steps/stage.ts'

const seed = seedFromEnvironment()
const hourMs = 3_600_000
const folder = '/srv/logs'

interface Item {
  readonly path: string
  readonly name: string
  readonly reason: string
  readonly [key: string]: Json
}

async function read(host: SimHost, raw: object = {}, signal = new AbortController().signal): Promise<unknown> {
  const inputs = filesFind.fields.parse({folder, ...raw})
  assert.ok(inputs !== undefined, JSON.stringify(raw))
  const {at, check} = await stageOn(host)
  const found = await filesFind.read({inputs, at, host, check, signal})
  return 'value' in found ? found.value : [found.fault.code, found.fault.values]
}

async function names(host: SimHost, raw: object = {}): Promise<readonly string[]> {
  return ((await read(host, raw)) as readonly Item[]).map(({path}) => path.replace(`${folder}/`, ''))
}

/** Files by their age in hours, of so many bytes as they are hours old. */
function hostWith(ages: Readonly<Record<string, number>>): SimHost {
  const host = simHost({seed})
  host.disk.putFolder(folder)
  for (const [name, hours] of Object.entries(ages)) {
    host.disk.put(`${folder}/${name}`, 'x'.repeat(hours), {modifiedMs: host.clock.now() - hours * hourMs})
  }
  return host
}

test('files.find: the oldest first, each with a reason that needs no words', async () => {
  const host = hostWith({'b.log': 30, 'a.log': 300, 'sub/c.log': 30})
  assert.deepEqual(await read(host), [
    {path: `${folder}/a.log`, name: 'a.log', size: 300, age_ms: 300 * hourMs, reason: '12d 12h, 300 B'},
    {path: `${folder}/b.log`, name: 'b.log', size: 30, age_ms: 30 * hourMs, reason: '1d 6h, 30 B'},
    {path: `${folder}/sub/c.log`, name: 'c.log', size: 30, age_ms: 30 * hourMs, reason: '1d 6h, 30 B'}
  ])
})

test('files.find: age, size, name and depth choose, and the newest of a name are kept', async () => {
  const host = hostWith({'a.log': 4, 'a.log.1': 10, 'a.log.2': 20, 'b.gz': 30, 'sub/a.log.3': 40})
  assert.deepEqual(await names(host, {older_than: '10h'}), ['sub/a.log.3', 'b.gz', 'a.log.2'])
  assert.deepEqual(await names(host, {larger_than: '20B'}), ['sub/a.log.3', 'b.gz'])
  assert.deepEqual(await names(host, {names: ['*.log.*', 'b.gz']}), ['sub/a.log.3', 'b.gz', 'a.log.2', 'a.log.1'])
  assert.deepEqual(await names(host, {names: ['*.log.*'], keep_newest: 2}), ['sub/a.log.3'])
  assert.deepEqual(await names(host, {keep_newest: 9}), [])
  assert.deepEqual(await names(host, {depth: 1, larger_than: '10B'}), ['b.gz', 'a.log.2'])
})

test('files.find: a file that is kept for being new counts as new, even if it is in use', async () => {
  const host = hostWith({'a.log': 4, 'a.log.1': 10, 'a.log.2': 20})
  host.openFiles.hold(host.disk.look(`${folder}/a.log`))
  assert.deepEqual(await names(host, {keep_newest: 1}), ['a.log.2', 'a.log.1'])
})

test('files.find: S-90: what is open, or was written within the last minute, is not among them', async () => {
  const host = hostWith({'quiet-but-open.log': 300, 'old.log': 300})
  host.openFiles.hold(host.disk.look(`${folder}/quiet-but-open.log`))
  host.disk.put(`${folder}/new.log`, '', {modifiedMs: host.clock.now() - 59_000})
  host.disk.put(`${folder}/from-the-future.log`, '', {modifiedMs: host.clock.now() + hourMs})
  assert.deepEqual(await names(host), ['old.log'])
})

test('files.find: S-93: links, devices, hidden names, other file systems and our own folders are passed over', async () => {
  const host = hostWith({'old.log': 300, '.hidden': 300, '.logcaster-held/run/1-x': 300, 'sub/.dot/x': 300})
  host.disk.putLink(`${folder}/link`, '/etc/passwd')
  host.disk.putLink(`${folder}/folder-link`, '/etc')
  host.disk.put(`${folder}/pipe`, '', {kind: 'other', modifiedMs: 0})
  host.disk.putMount(`${folder}/mnt`)
  host.disk.put(`${folder}/mnt/old.log`, '', {modifiedMs: 0})
  assert.deepEqual(await names(host), ['old.log'])
})

test('files.find: a name that no step could take does not spoil the others', async () => {
  const host = hostWith({'two\nlines.log': 300, '\u001b[2J.log': 300, '-rf.log': 300, 'sub\n/x.log': 300})
  assert.deepEqual(await names(host), ['-rf.log'])
})

test('files.find: at eight levels it ends', async () => {
  const deep = Array.from({length: 8}, (_, level) => `${'d/'.repeat(level)}x.log`)
  const host = hostWith(Object.fromEntries([...deep, `${'d/'.repeat(8)}x.log`].map((name) => [name, 5])))
  assert.deepEqual((await names(host)).toSorted(), deep.toSorted())
  assert.equal(filesFind.fields.parse({folder, depth: 9}), undefined)
})

test('files.find: more names than a person would read about are told, not cut', async () => {
  const host = hostWith({})
  for (let index = 0; index < 10_000; index += 1) host.disk.put(`${folder}/${index}`, '', {modifiedMs: 0})
  assert.equal((await names(host, {limit: 1})).length, 1)
  host.disk.put(`${folder}/.hidden-counts-too`, '')
  assert.deepEqual(await read(host), ['find-too-many', {folder, namesMax: 10_000}])
})

test('files.find: of many, the oldest are told, and never more than a plan has steps', async () => {
  const host = hostWith({'a.log': 4, 'b.log': 9, 'c.log': 7})
  assert.deepEqual(await names(host, {limit: 2}), ['b.log', 'c.log'])
  assert.deepEqual(await names(host, {limit: 2, keep_newest: 2}), ['b.log'])
  for (let index = 0; index <= 5000; index += 1) host.disk.put(`${folder}/${index}`, '', {modifiedMs: 0})
  assert.equal((await names(host)).length, 5000)
  for (const limit of [0, 5001]) assert.equal(filesFind.fields.parse({folder, limit}), undefined)
})

test('files.find: a folder that is not there, none, or not readable is told', async () => {
  const host = hostWith({'a.log': 5, 'sub/b.log': 5})
  assert.deepEqual(await read(host, {folder: '/none'}), ['file-unreadable', {path: '/none', reason: 'ENOENT'}])
  const file = `${folder}/a.log`
  assert.deepEqual(await read(host, {folder: file}), ['file-unreadable', {path: file, reason: 'ENOTDIR'}])
  for (let failAt = 1; ; failAt += 1) {
    const disk = host.disk.kill({failAt})
    host.disk.touched.clear()
    const found = await read({...host, disk})
    if (!disk.failed) break
    assert.deepEqual(found, ['file-unreadable', {path: folder, reason: 'EIO'}], disk.failedOperation)
    Object.assign(host, {disk: disk.kill()})
  }
})

test('files.find: it ends when it is told to', async () => {
  const stop = new AbortController()
  stop.abort(new Error('stopped'))
  assert.deepEqual(await read(hostWith({'a.log': 5}), {}, stop.signal), ['step-stopped', {target: folder}])
})

test('files.find: a star stands for any characters, none too, and nothing else stands for anything', async () => {
  const text = fc.string({unit: fc.constantFrom('a', 'b', '.', '+', '?', '[', '$', '\\'), maxLength: 6, minLength: 1})
  const pattern = fc.array(fc.constantFrom('a', 'b', '.', '*', '+', '['), {minLength: 1, maxLength: 6})
  await fc.assert(
    fc.asyncProperty(text, pattern, async (name, parts) => {
      if (name.startsWith('.')) return
      const host = hostWith({[name]: 5})
      const escaped = parts.map((part) => (part === '*' ? '.*' : `\\${part}`.replace(/\\([ab])/, '$1'))).join('')
      const isMeant = new RegExp(`^${escaped}$`).test(name)
      assert.deepEqual(await names(host, {names: [parts.join('')]}), isMeant ? [name] : [], parts.join(''))
    }),
    {seed, numRuns: 300}
  )
})
