import assert from 'node:assert/strict'
import {chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {readWhole} from '../../src/host/files.ts'
import {realDisk} from '../../src/host/disk.ts'
import {openConfig, openConfigAs, type Reading, type Request} from '../../src/config/read.ts'
import {secret, section} from '../../src/config/shape.ts'
import {faultsOf, knownChecks, problemsOf} from './loading.ts'

const disk = realDisk()

/** A folder of our own, and the machine as its owner sees it from there. */
async function machineIn(t: TestContext, given: Partial<Reading> = {}): Promise<Reading> {
  const folder = await mkdtemp(join(tmpdir(), 'logcaster-config-'))
  t.after(() => rm(folder, {recursive: true}))
  const {uid} = await stat(folder)
  return {
    // Root has rules of its own: what holds for everybody else is tried under another number, but as the owner of the files.
    uid: 4000,
    home: join(folder, 'home'),
    cwd: folder,
    env: {},
    readWhole: (path, bytesMax) => readWhole(disk, path, bytesMax),
    realPath: (path) => disk.realPath(path),
    async stat(path) {
      const facts = await disk.stat(path)
      return facts === undefined || facts.uid !== uid ? facts : {...facts, uid: given.uid === 0 ? 0 : 4000}
    },
    ...given
  }
}

function request(path?: string): Request {
  return {path, overrides: [], knownChecks}
}

test('read: without any file the defaults hold', async (t) => {
  const machine = await machineIn(t)
  const {config, path, warnings} = await openConfig(request(), machine)
  assert.equal(path, undefined)
  assert.equal(config.paths.data, '/var/lib/logcaster')
  assert.deepEqual(warnings, [])
})

test('read: the first file that is there counts', async (t) => {
  const machine = await machineIn(t)
  const xdg = join(machine.home, '.config/logcaster')
  await mkdir(xdg, {recursive: true})
  await writeFile(join(xdg, 'logcaster.yaml'), 'paths: {data: /xdg}')
  assert.equal((await openConfig(request(), machine)).config.paths.data, '/xdg')
  await writeFile(join(machine.cwd, 'logcaster.yaml'), '\uFEFFpaths: {data: /here}')
  const opened = await openConfig(request(), machine)
  assert.equal(opened.config.paths.data, '/here')
  assert.equal(opened.path, join(machine.cwd, 'logcaster.yaml'))
})

test('read: a named file has to be there, be a file, be small and be UTF-8', async (t) => {
  const machine = await machineIn(t)
  const at = (name: string): string => join(machine.cwd, name)
  await writeFile(at('latin'), Uint8Array.of(0x70, 0xe9, 0x0a))
  await writeFile(at('big'), '#'.repeat((1 << 20) + 1))
  await writeFile(at('full'), '#'.repeat(1 << 20))
  const problems = async (name: string): Promise<readonly string[]> => problemsOf(openConfig(request(name), machine))
  assert.deepEqual(await problems('absent'), [`config-absent ${at('absent')}`])
  assert.deepEqual(await problems(machine.cwd), [`config-unreadable ${machine.cwd} not a file`])
  assert.deepEqual(await problems('/dev/zero'), ['config-unreadable /dev/zero not a file'])
  assert.deepEqual(await problems('latin'), [`config-unreadable ${at('latin')} not UTF-8`])
  assert.deepEqual(await problems('big'), [`config-too-big ${at('big')} 1048576`])
  assert.deepEqual(await problems('full'), [])
})

test('read: a file that changes between the look and the reading is no surprise', async (t) => {
  const machine = await machineIn(t)
  await writeFile(join(machine.cwd, 'logcaster.yaml'), 'paths: {}')
  const path = join(machine.cwd, 'logcaster.yaml')
  const gone: Reading = {...machine, readWhole: () => Promise.resolve(undefined)}
  assert.deepEqual(await problemsOf(openConfig(request(), gone)), [`config-absent ${path}`])
  const grown: Reading = {
    ...machine,
    async readWhole(one, bytesMax) {
      await writeFile(one, '#'.repeat(bytesMax + 1))
      return readWhole(disk, one, bytesMax)
    }
  }
  assert.deepEqual(await problemsOf(openConfig(request(), grown)), [`config-unreadable ${path} too big`])
})

test('read: a folder that we may not look into hides no configuration of ours, but a named one is missed', async (t) => {
  const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error('no'), {code: 'EACCES'}))
  const machine = await machineIn(t, {stat: refuse})
  assert.equal((await openConfig(request(), machine)).path, undefined)
  assert.deepEqual(await problemsOf(openConfig(request('/a'), machine)), ['config-unreadable /a EACCES'])
  const broken = await machineIn(t, {stat: () => Promise.reject(Object.assign(new Error('no'), {code: 'EIO'}))})
  assert.equal((await problemsOf(openConfig(request(), broken))).length, 1)
})

test('read: others than root are warned of a file that anybody can write, and of unknown variables', async (t) => {
  const machine = await machineIn(t, {env: {LOGCASTER_PATH_DATA: '/x'}})
  const path = join(machine.cwd, 'logcaster.yaml')
  await writeFile(path, 'paths: {data: /x}')
  await chmod(path, 0o646)
  const {warnings, config} = await openConfig(request(), machine)
  assert.equal(config.paths.data, '/x')
  assert.deepEqual(
    warnings.map((fault) => fault.code),
    ['config-unsafe', 'config-unknown-override']
  )
  assert.deepEqual(warnings[0]?.values, {path, reason: 'mode', owner: 4000, mode: '0646'})
})

test('read: root refuses a file that others can write or replace', async (t) => {
  const machine = await machineIn(t, {uid: 0})
  const path = join(machine.cwd, 'a.yaml')
  await writeFile(path, 'paths: {data: /x}')
  await chmod(path, 0o600)
  assert.equal((await openConfig(request(path), machine)).config.paths.data, '/x')
  await chmod(path, 0o620)
  await chmod(machine.cwd, 0o777)
  const faults = await faultsOf(openConfig(request(path), machine))
  assert.deepEqual(
    faults.map((fault) => [fault.code, fault.values]),
    [
      ['config-unsafe', {path, reason: 'mode', owner: 0, mode: '0620'}],
      ['config-unsafe', {path: machine.cwd, reason: 'mode', owner: 0, mode: '0777'}]
    ]
  )
})

test('read: root refuses a file that a link leads to, where others can replace it', async (t) => {
  const machine = await machineIn(t, {uid: 0})
  const open = join(machine.cwd, 'open')
  const closed = join(machine.cwd, 'closed')
  for (const folder of [open, closed]) {
    await mkdir(folder)
    await writeFile(join(folder, 'a.yaml'), 'paths: {data: /x}')
  }
  const path = join(machine.cwd, 'link.yaml')
  await symlink(join(closed, 'a.yaml'), path)
  assert.equal((await openConfig(request(path), machine)).config.paths.data, '/x')
  await rm(path)
  await symlink(join(open, 'a.yaml'), path)
  await chmod(open, 0o777)
  assert.deepEqual(await problemsOf(openConfig(request(path), machine)), [`config-unsafe ${open} mode 0 0777`])
})

test('read: root takes no secret that others can write or replace; anyone else may choose', async (t) => {
  const about = {en: 'Test', ko: '시험'}
  const shape = section(about, {hook: secret(about)})
  const root = await machineIn(t, {uid: 0})
  const folder = join(root.cwd, 'secrets')
  const path = join(folder, 'hook')
  await mkdir(folder)
  await writeFile(path, 'hunter2')
  await writeFile(join(root.cwd, 'a.yaml'), `hook_file: ${path}`)
  const asked = request(join(root.cwd, 'a.yaml'))
  assert.equal((await openConfigAs(shape, asked, root)).config.hook, 'hunter2')
  await chmod(path, 0o666)
  assert.deepEqual(await problemsOf(openConfigAs(shape, asked, root)), [`config-unsafe ${path} mode 0 0666`])
  assert.equal((await openConfigAs(shape, asked, {...root, uid: 4000})).config.hook, 'hunter2')
  await chmod(path, 0o600)
  await chmod(folder, 0o777)
  assert.deepEqual(await problemsOf(openConfigAs(shape, asked, root)), [`config-unsafe ${folder} mode 0 0777`])
})

test('read: a secret comes from the file that the configuration names', async (t) => {
  const about = {en: 'Test', ko: '시험'}
  const shape = section(about, {hook: secret(about)})
  const machine = await machineIn(t)
  const path = join(machine.cwd, 'hook')
  await writeFile(join(machine.cwd, 'logcaster.yaml'), `hook_file: ${path}`)
  assert.deepEqual(await problemsOf(openConfigAs(shape, request(), machine)), [`config-absent ${path}`])
  await writeFile(path, 'hunter2\n')
  assert.equal((await openConfigAs(shape, request(), machine)).config.hook, 'hunter2')
  await writeFile(path, 'x'.repeat(70_000))
  assert.deepEqual(await problemsOf(openConfigAs(shape, request(), machine)), [`config-unreadable ${path} too big`])
})
