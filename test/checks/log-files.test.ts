import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs'
import {join, relative} from 'node:path'
import {test} from 'node:test'
import {findLogFiles, formOf, isLogName, type LogFolder} from '../../src/checks/log-files.ts'
import {type Disk, realDisk} from '../../src/host/disk.ts'
import {temporaryFolder, writeLog} from './log-context.ts'

function find(folder: string, disk: Disk = realDisk()): Promise<LogFolder> {
  const {signal} = new AbortController()
  return findLogFiles(folder, {disk, signal, followsLinks: true, silent: new Set(), nowMs: Date.now()})
}

function findAsRoot(folder: string, silent: readonly string[] = []): Promise<LogFolder> {
  const {signal} = new AbortController()
  return findLogFiles(folder, {
    disk: realDisk(),
    signal,
    followsLinks: false,
    silent: new Set(silent),
    nowMs: Date.now()
  })
}

async function namesIn(folder: string): Promise<string[]> {
  const {files} = await find(folder)
  return files.map((file) => relative(folder, file.path)).sort()
}

test('S-16: current, numbered, dated and compressed files are logs; other names are not', () => {
  const logs = [
    'a.log',
    'a.log.1',
    'a.log.2.gz',
    'a.log-20261010',
    'a.log-20261010.zst',
    'a-20261010.log',
    'a-20261010.log.gz'
  ]
  for (const name of [...logs, 'my app.log', 'a\nb.log.1', 'ä.log', 'x.log.1.xz'])
    assert.equal(isLogName(name), true, name)
  for (const name of ['a.txt', 'log', '.log', '.a.log.swp', 'a.logger', 'a.log~', 'a_log', 'catalog', 'a.LOG']) {
    assert.equal(isLogName(name), false, name)
  }
})

test('the end of a name says how the lines are stored', () => {
  assert.equal(formOf('a.log'), 'plain')
  assert.equal(formOf('a.log.1'), 'plain')
  assert.equal(formOf('a.log.1.gz'), 'gzip')
  assert.equal(formOf('a.log.zst'), 'zstd')
  for (const ending of ['xz', 'bz2', 'lz4', 'Z', 'zip']) assert.equal(formOf(`a.log.1.${ending}`), 'foreign')
})

test('S-16: blanks, newlines, quotes and dashes in names change nothing', async (t) => {
  const folder = temporaryFolder(t)
  const names = ['my app.log', 'two  blanks.log.1', 'a\nb.log', '-rf.log', '$(x) `y` "z".log', "it's.log", 'ä한.log']
  for (const name of names) writeLog(join(folder, name), 'x\n')
  assert.deepEqual(await namesIn(folder), names.sort())
})

test('three levels of folders are searched, the fourth is not', async (t) => {
  const folder = temporaryFolder(t)
  for (const path of ['0.log', 'a/1.log', 'a/b/2.log', 'a/b/c/3.log']) writeLog(join(folder, path), path)
  assert.deepEqual(await namesIn(folder), ['0.log', 'a/1.log', 'a/b/2.log'])
})

test('a file counts once, whatever links lead to it, and a link to a folder above ends', async (t) => {
  const folder = temporaryFolder(t)
  writeLog(join(folder, 'app-20261010.log'), 'x\n')
  symlinkSync('app-20261010.log', join(folder, 'current.log'))
  linkSync(join(folder, 'app-20261010.log'), join(folder, 'hard.log'))
  symlinkSync('.', join(folder, 'loop'))
  symlinkSync('nowhere.log', join(folder, 'dangling.log'))
  assert.deepEqual(await namesIn(folder), ['app-20261010.log'])
  assert.deepEqual((await find(folder)).problems, [])
})

test('root follows no link, and says so unless what it leads to is found without it', async (t) => {
  const elsewhere = temporaryFolder(t)
  writeLog(join(elsewhere, 'secret.log'), 'x\n')
  const folder = temporaryFolder(t)
  writeLog(join(folder, 'app-20261010.log'), 'x\n')
  writeLog(join(folder, 'sub/b.log'), 'x\n')
  symlinkSync('app-20261010.log', join(folder, 'current.log'))
  symlinkSync('sub', join(folder, 'same'))
  symlinkSync('nowhere.log', join(folder, 'dangling.log'))
  symlinkSync('/etc/passwd', join(folder, 'no-log-name'))
  symlinkSync(join(elsewhere, 'secret.log'), join(folder, 'x.log'))
  symlinkSync(elsewhere, join(folder, 'y'))
  const {files, problems} = await findAsRoot(folder)
  assert.deepEqual(files.map(({path}) => relative(folder, path)).sort(), ['app-20261010.log', 'sub/b.log'])
  assert.deepEqual(problems, [
    {path: join(folder, 'x.log'), reason: 'link'},
    {path: join(folder, 'y'), reason: 'link'}
  ])
  assert.equal((await find(folder)).files.length, 3)
})

test('what must not be touched is told and not touched', async (t) => {
  const folder = temporaryFolder(t)
  writeLog(join(folder, 'a.log'), 'x\n')
  writeLog(join(folder, 'dead/b.log'), 'y\n')
  const {files, problems} = await findAsRoot(folder, [join(folder, 'dead')])
  assert.deepEqual([files.length, problems], [1, [{path: join(folder, 'dead'), reason: 'mount-silent'}]])
})

test('two files are never taken for one because their inode numbers look alike', async () => {
  const stat = {kind: 'file', mode: 0o644, uid: 0, gid: 0, device: 1, inode: 2 ** 60, links: 1} as const
  const disk: Pick<Disk, 'list' | 'stat'> = {
    list: () => Promise.resolve(['a.log', 'b.log']),
    stat: (path) => Promise.resolve({...stat, size: path.length, modifiedMs: path.endsWith('a.log') ? 1 : 2})
  }
  assert.equal((await find('/logs', {...realDisk(), ...disk})).files.length, 2)
})

test('an archive beside the file it is being made from is left out, until nobody can be making it any more', async (t) => {
  const folder = temporaryFolder(t)
  for (const name of ['a.log.1', 'a.log.1.gz', 'a.log.2.gz', 'b.log.1.xz']) writeLog(join(folder, name), name)
  const now = new Date()
  utimesSync(join(folder, 'a.log.1.gz'), now, now)
  assert.deepEqual(await namesIn(folder), ['a.log.1', 'a.log.2.gz', 'b.log.1.xz'])
  const before = new Date(Date.now() - 120_000)
  utimesSync(join(folder, 'a.log.1.gz'), before, before)
  assert.deepEqual((await namesIn(folder)).toSorted(), ['a.log.1', 'a.log.1.gz', 'a.log.2.gz', 'b.log.1.xz'])
})

test('what is no regular file is no log file', async (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'folder.log'))
  execFileSync('mkfifo', [join(folder, 'pipe.log')])
  symlinkSync('/dev/zero', join(folder, 'endless.log'))
  assert.deepEqual(await namesIn(folder), [])
})

test('a folder with more names than anybody can look at is told, not cut silently', async () => {
  const disk: Pick<Disk, 'list' | 'stat'> = {
    list: () => Promise.resolve(Array.from({length: 10_001}, (_, at) => `${at}.txt`)),
    stat: () => Promise.resolve(undefined)
  }
  const {problems} = await find('/logs', {...realDisk(), ...disk})
  assert.deepEqual(problems, [{path: '/logs', reason: 'too-many-names'}])
})

test('a name that is not UTF-8 is told, since it cannot be opened by it', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.log')]), 'x\n')
  const {files, problems} = await find(folder)
  assert.equal(files.length, 0)
  assert.deepEqual(
    problems.map(({reason}) => reason),
    ['name-not-utf8']
  )
})
