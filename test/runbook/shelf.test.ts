import assert from 'node:assert/strict'
import {chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {exits} from '../../src/base/exits.ts'
import {Faults} from '../../src/base/fault.ts'
import {faults} from '../../src/base/faults.ts'
import {realDisk, type Disk} from '../../src/host/disk.ts'
import {realMachine} from '../../src/host/machine.ts'
import {openShelf, writtenRaw, type Shelf} from '../../src/runbook/shelf.ts'
import {isTemplate, parseTemplate} from '../../src/runbook/template.ts'
import {faultsOf, problemsOf} from '../config/loading.ts'

interface Place {
  readonly folder: string
  readonly shipped: string
  readonly own: string
  /** As the owner of the files, by default nobody special. */
  open(given?: {uid?: number; own?: readonly string[]; disk?: Partial<Disk>}): Shelf
}

async function placeIn(t: TestContext): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'logcaster-shelf-'))
  t.after(() => rm(folder, {recursive: true}))
  const [shipped, own] = [join(folder, 'shipped'), join(folder, 'own')]
  for (const one of [shipped, own]) await mkdir(one, {mode: 0o755})
  const {uid: owner} = await stat(folder)
  const disk = realDisk()
  return {
    folder,
    shipped,
    own,
    open({uid = 4000, own: folders = [own], disk: changed = {}} = {}) {
      // What holds for root and for others is tried under either number, as the owner of the files.
      const seen: Disk = {
        ...disk,
        async stat(path) {
          const found = await disk.stat(path)
          return found?.uid === owner ? {...found, uid} : found
        },
        ...changed
      }
      return openShelf({disk: seen, machine: {...realMachine(), uid, cwd: folder}}, {shipped, own: folders})
    }
  }
}

const text = 'about: x\nsteps: [{run: [df]}]\n'

test('shelf: finds runbooks by name in all folders, and reads them', async (t) => {
  const place = await placeIn(t)
  await writeFile(join(place.shipped, 'b.yaml'), text)
  await writeFile(join(place.own, 'a.yaml'), text)
  await writeFile(join(place.own, 'x.sh'), 'df')
  await writeFile(join(place.own, '.#a.yaml'), 'editing')
  const shelf = place.open({own: [place.own, place.shipped]})
  const {runbooks, faults: problems} = await shelf.readAll()
  assert.deepEqual(problems, [])
  assert.deepEqual(
    runbooks.map(({name, path, folder}) => [name, path, folder]),
    [
      ['a', join(place.own, 'a.yaml'), place.own],
      ['b', join(place.shipped, 'b.yaml'), place.shipped]
    ]
  )
  const {sha256} = await shelf.read('a')
  assert.equal(sha256, 'd0cce0ffe78ca07f82f74e7a4a27400f16eb0288083e6bbd7e2251866b8c6b1d')
  assert.deepEqual(shelf.warnings(), [])
})

test('shelf: a path has a slash in it, and is meant from where we stand', async (t) => {
  const place = await placeIn(t)
  await writeFile(join(place.folder, 'mine.yaml'), text)
  await writeFile(join(place.folder, 'Mine.yaml'), text)
  const shelf = place.open()
  for (const path of ['./mine.yaml', join(place.folder, 'mine.yaml'), 'own/../mine.yaml']) {
    assert.equal((await shelf.read(path)).path, join(place.folder, 'mine.yaml'))
  }
  assert.deepEqual(await problemsOf(shelf.read('mine')), ['runbook-unknown mine null'])
  const absent = join(place.folder, 'absent.yaml')
  assert.deepEqual(await problemsOf(shelf.read('./absent.yaml')), [`runbook-unknown ${absent} null`])
  for (const path of ['./Mine.yaml', './x.sh', './mine']) {
    assert.deepEqual(await problemsOf(shelf.read(path)), [`runbook-bad-name ${join(place.folder, path)}`])
  }
})

test('shelf: a name that nobody has is told with the nearest, and ends as what does not exist', async (t) => {
  const place = await placeIn(t)
  await writeFile(join(place.own, 'free-space.yaml'), text)
  const [fault, ...more] = await faultsOf(place.open().read('free-spce'))
  assert.ok(fault !== undefined)
  assert.deepEqual([fault.code, fault.values], ['runbook-unknown', {name: 'free-spce', nearest: 'free-space'}])
  assert.equal(exits[faults[fault.code].exit], 10)
  assert.deepEqual(more, [])
  assert.deepEqual(await problemsOf(place.open().read('__proto__')), ['runbook-unknown __proto__ null'])
})

test('shelf: a name in two folders stands for neither, and other names are not touched by that', async (t) => {
  const place = await placeIn(t)
  const paths = [place.shipped, place.own].map((folder) => join(folder, 'a.yaml'))
  for (const path of [...paths, join(place.own, 'b.yaml')]) await writeFile(path, text)
  const shelf = place.open()
  const twice = `runbook-name-twice a ${paths.join(' ')}`
  assert.deepEqual(await problemsOf(shelf.read('a')), [twice])
  const {runbooks, faults: problems} = await shelf.readAll()
  assert.deepEqual(
    runbooks.map(({name}) => name),
    ['b']
  )
  assert.deepEqual(await problemsOf(Promise.reject(new Faults(problems))), [twice])
})

test('shelf: what cannot be read is told beside what can', async (t) => {
  const place = await placeIn(t)
  const at = (name: string): string => join(place.own, name)
  await writeFile(at('latin.yaml'), Uint8Array.of(0x70, 0xe9, 0x0a))
  await writeFile(at('big.yaml'), '#'.repeat((1 << 20) + 1))
  await writeFile(at('bad.yaml'), 'abot: x\n')
  await writeFile(at('Bad Name.yaml'), text)
  await writeFile(at('short.yml'), text)
  await writeFile(at('good.yaml'), text)
  await mkdir(at('folder.yaml'))
  await symlink(at('nowhere'), at('link.yaml'))
  const {runbooks, faults: problems} = await place.open({own: [place.own, at('none')]}).readAll()
  assert.deepEqual(
    runbooks.map(({name}) => name),
    ['good']
  )
  assert.deepEqual(await problemsOf(Promise.reject(new Faults(problems))), [
    `runbook-bad-name ${at('Bad Name.yaml')}`,
    `runbook-bad-name ${at('short.yml')}`,
    `runbook-unreadable ${at('none')} ENOENT`,
    `${at('bad.yaml')}:1:1 runbook-unknown-key abot about`,
    `${at('bad.yaml')}:1:1 config-bad-value about null meaning`,
    `${at('bad.yaml')}:1:1 config-bad-value steps null steps`,
    `runbook-unreadable ${at('big.yaml')} too big`,
    `runbook-unreadable ${at('folder.yaml')} not a file`,
    `runbook-unreadable ${at('latin.yaml')} not UTF-8`,
    `runbook-unknown ${at('link.yaml')} null`
  ])
})

test('shelf: a folder that cannot be looked into is told with the name that may be in it', async (t) => {
  const place = await placeIn(t)
  const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error('no'), {code: 'EACCES'}))
  const problems = await problemsOf(place.open({disk: {list: refuse}}).read('a'))
  assert.deepEqual(problems, [
    'runbook-unknown a null',
    `runbook-unreadable ${place.shipped} EACCES`,
    `runbook-unreadable ${place.own} EACCES`
  ])
  await writeFile(join(place.own, 'a.yaml'), text)
  for (const disk of [{stat: refuse}, {open: refuse}]) {
    assert.deepEqual(await problemsOf(place.open({disk}).read('a')), [
      `runbook-unreadable ${join(place.own, 'a.yaml')} EACCES`
    ])
  }
})

test('shelf: a bug of ours is not taken for a fault of the runbook', async (t) => {
  const place = await placeIn(t)
  await writeFile(join(place.own, 'a.yaml'), text)
  const machine = {
    ...realMachine(),
    get uid(): number {
      throw new TypeError('a bug')
    }
  }
  const shelf = openShelf({disk: realDisk(), machine}, {shipped: place.shipped, own: [place.own]})
  await assert.rejects(shelf.readAll(), {message: 'a bug'})
})

test('shelf: root refuses a runbook that others can write or replace, by name and by path', async (t) => {
  const place = await placeIn(t)
  const path = join(place.own, 'a.yaml')
  await writeFile(path, text)
  assert.equal((await place.open({uid: 0}).read('a')).name, 'a')
  await chmod(path, 0o664)
  await chmod(place.own, 0o777)
  const expected = [
    ['runbook-unsafe', {path, reason: 'mode', owner: 0, mode: '0664'}],
    ['runbook-unsafe', {path: place.own, reason: 'mode', owner: 0, mode: '0777'}]
  ]
  for (const named of ['a', './own/a.yaml']) {
    const refused = await faultsOf(place.open({uid: 0}).read(named))
    assert.deepEqual(
      refused.map(({code, values}) => [code, values]),
      expected
    )
  }
  assert.equal(exits[faults['runbook-unsafe'].exit], 5)
  const {runbooks, faults: problems} = await place.open({uid: 0}).readAll()
  assert.deepEqual([runbooks.length, problems.length], [0, 2])
})

test('shelf: root refuses a runbook that a link leads to, where others can replace it', async (t) => {
  const place = await placeIn(t)
  const open = join(place.folder, 'open')
  await mkdir(open)
  await writeFile(join(open, 'a.yaml'), text)
  await symlink(join(open, 'a.yaml'), join(place.own, 'a.yaml'))
  assert.equal((await place.open({uid: 0}).read('a')).name, 'a')
  await chmod(open, 0o777)
  assert.deepEqual(await problemsOf(place.open({uid: 0}).read('a')), [`runbook-unsafe ${open} mode 0 0777`])
})

test('shelf: others are warned once of a runbook that anybody can write', async (t) => {
  const place = await placeIn(t)
  const path = join(place.own, 'a.yaml')
  await writeFile(path, text)
  await chmod(path, 0o646)
  await chmod(place.own, 0o777)
  const shelf = place.open()
  for (let count = 0; count < 2; count += 1) assert.equal((await shelf.read('a')).name, 'a')
  assert.deepEqual(
    shelf.warnings().map(({code, values}) => [code, values]),
    [['runbook-unsafe', {path, reason: 'mode', owner: 4000, mode: '0646'}]]
  )
})

test('shelf: runbooks may name every kind of step, fact, check and runbook that there is', async (t) => {
  const place = await placeIn(t)
  const lines = [
    ...['about: x', 'until: disk.space', 'facts: {old: {use: files.find, with: {folder: /var/log/x}}}', 'steps:'],
    ...[
      '- {use: check, with: {id: service.state}}',
      '- {use: runbook, with: {name: b}}',
      '- {use: runbook, with: {name: moon}}',
      ''
    ]
  ]
  await writeFile(join(place.own, 'a.yaml'), lines.join('\n'))
  await writeFile(join(place.own, 'b.yaml'), text)
  const shelf = place.open()
  const path = join(place.own, 'a.yaml')
  assert.deepEqual(await problemsOf(shelf.read('a')), [`${path}:7:31 runbook-unknown-name runbook moon null`])
})

test('shelf: a value is shown as it stands in the runbook', () => {
  for (const one of ['', 'a', '${inputs.x} b', '$${x}', '$$${a}$${']) {
    const parsed = parseTemplate(one)
    assert.ok(typeof parsed === 'string' || isTemplate(parsed))
    assert.equal(writtenRaw(parsed), one)
  }
  assert.deepEqual(writtenRaw({a: [1, null, true, '${']}), {a: [1, null, true, '$${']})
})
