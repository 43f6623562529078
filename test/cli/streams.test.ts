import assert from 'node:assert/strict'
import {existsSync, mkdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {listen} from '../fixtures/network-servers.ts'
import {codesOf, documentIn, lacking, place, type Place} from './run.ts'

const good = ['--only', 'fd.usage', '--set', 'checks.fd.usage.warning=null']
const goodRun = ['daily-check', ...good, '--set', 'checks.fd.usage.critical=null']
const badRun = ['daily-check', '--only', 'disk.space,fd.usage', '--set', 'checks.disk.space.critical=0:0']

test('the result is on standard output, the progress on standard error', async (t) => {
  const {code, stdout, stderr} = await place(t).run(goodRun)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^daily-check: OK \(1 OK in \S+\)\n {2}OK {2}fd\.usage {2}machine: /)
  assert.match(stderr, /^fd\.usage: ok \(\S+\)\n$/)
})

test('with --quiet only what is bad is told, and no progress', async (t) => {
  const {code, stdout, stderr} = await place(t).run([...badRun, '--quiet'])
  assert.deepEqual([code, stderr], [2, ''])
  assert.match(stdout, /CRITICAL +disk\.space/)
  assert.doesNotMatch(stdout, /fd\.usage/)
})

test('with --quiet nothing at all is told when all is well, so that cron sends no mail', async (t) => {
  const {code, stdout, stderr} = await place(t).run([...goodRun, '--quiet'])
  assert.deepEqual([code, stdout, stderr], [0, '', ''])
})

test('a run in which nothing is left to check says so', async (t) => {
  const {code, stdout, stderr} = await place(t).run(['daily-check', '--skip', '*', '--quiet'])
  assert.deepEqual([code, stderr], [3, ''])
  assert.match(stdout, /^daily-check: UNKNOWN \(nothing was checked in \S+\)\n$/)
})

test('a warning is on standard error, also with --quiet, and part of the document with --json', async (t) => {
  const at = place(t)
  const env = {LOGCASTER_BOGUS: '1'}
  const plain = await at.run(['config', 'check'], {env})
  assert.deepEqual([plain.code, plain.stdout], [0, `${at.config}: ok\n`])
  assert.match(plain.stderr, /^warning: .*LOGCASTER_BOGUS/)
  const quiet = await at.run(['config', 'check', '--quiet'], {env})
  assert.equal(quiet.code, 0)
  assert.match(quiet.stderr, /^warning: .*LOGCASTER_BOGUS/)
  const json = await at.run(['config', 'check', '--json'], {env})
  assert.deepEqual([json.code, json.stderr], [0, ''])
  assert.deepEqual(codesOf(documentIn(json).warnings), ['config-unknown-override'])
})

test('with --verbose a good check shows its evidence, in the local zone or in UTC', async (t) => {
  const at = place(t)
  const env = {...withLog(at, 'ERROR lost the way\n'), TZ: 'Asia/Seoul'}
  const argv = ['daily-check', '--only', 'log.errors']
  const normal = await at.run(argv, {env})
  assert.equal(normal.code, 0, normal.stderr)
  assert.doesNotMatch(normal.stdout, /lost the way/)
  assert.match((await at.run([...argv, '--verbose'], {env})).stdout, /×1, last \S+\+09:00[^]*lost the\s+way/)
  assert.match((await at.run([...argv, '--verbose', '--utc'], {env})).stdout, /×1, last \S+:\d\dZ,/)
})

test('with --verbose a fault shows its causes', async (t) => {
  const at = place(t)
  const argv = ['config', 'init', '--path', '/proc/nonesuch/logcaster.yaml']
  assert.doesNotMatch((await at.run(argv)).stderr, /mkdir/)
  assert.match((await at.run([...argv, '--verbose'])).stderr, /^ {2}ENOENT: no such file or directory, mkdir/m)
})

test('colours are for a terminal that wants them', {skip: lacking('script')}, async (t) => {
  const at = place(t)
  const isColoured = async (env: Record<string, string>): Promise<boolean> => {
    const {code, stdout} = await at.run(goodRun, {tty: true, env})
    assert.equal(code, 0, stdout)
    return stdout.includes('\u001b[32mOK')
  }
  assert.equal(await isColoured({}), true)
  for (const env of [{NO_COLOR: '1'}, {TERM: 'dumb'}, {CI: 'true'}]) assert.equal(await isColoured(env), false)
  assert.doesNotMatch((await at.run(badRun, {env: {FORCE_COLOR: '1'}})).stdout, /\u001b/)
})

test('a file that takes the errors of a terminal gets no colours', {skip: lacking('script')}, async (t) => {
  const at = place(t)
  const shown = await at.run(['config', 'show', '--bogus'], {tty: true})
  assert.match(shown.stdout, /^\u001b\[31merror\u001b\[39m: config show has no flag/)
  await at.run(['config', 'show', '--bogus'], {tty: true, redirect: '2> errors'})
  assert.match(readFileSync(join(at.folder, 'errors'), 'utf8'), /^error: config show has no flag/)
})

test('a terminal shows what runs and for how long, and nothing of it stays', {skip: lacking('script')}, async (t) => {
  const at = place(t)
  const {code, stdout} = await at.run([...(await slowRun(t))], {tty: true})
  assert.equal(code, 3, stdout)
  assert.match(stdout, / {2}… cert\.expiry \d+ms\r\n/)
  // Redrawn in place: up over the line, and all below it erased.
  assert.match(stdout, /… cert\.expiry (\d+)ms\r\n\u001b\[1A\u001b\[J {2}… cert\.expiry (?!\1ms)\d+ms/)
  const kept = stdout.slice(stdout.lastIndexOf('\u001b[J') + 3)
  assert.match(kept, /^daily-check: \S*UNKNOWN/)
  assert.doesNotMatch(kept, /…|\u001b\[\d*[AJ]/)
})

test('where nobody watches, each check is one plain line when it is done', {skip: lacking('script')}, async (t) => {
  const at = place(t)
  const slow = await slowRun(t)
  for (const env of [{TERM: 'dumb'}, {CI: 'true'}]) {
    const {stdout} = await at.run(slow, {tty: true, env})
    assert.match(stdout, /^cert\.expiry: unknown \(\S+\)\r\ndaily-check: UNKNOWN/)
  }
  const {stderr} = await at.run(slow)
  assert.match(stderr, /^cert\.expiry: unknown \(\S+\)\n$/)
})

const answers = [['config', 'show'], ['config', 'show', '--json'], ['daily-check', '--list'], ['--help'], ['--version']]

for (const argv of answers) {
  test(`${argv.join(' ')}: a reader that has gone away is no trouble`, async (t) => {
    const at = place(t)
    const {child, ended} = at.start(argv)
    // Long before it can write: its start alone takes longer.
    child.stdout?.destroy()
    const {code, stderr} = await ended
    assert.deepEqual([code, stderr], [0, ''])
    const shell = await at.run(argv, {redirect: '| head -n 1'})
    assert.deepEqual([shell.code, shell.stderr], [0, ''])
    assert.notEqual(shell.stdout, '')
  })

  test(`${argv.join(' ')}: a full disk behind the output is told, in one sentence`, async (t) => {
    const {code, stderr} = await place(t).run(argv, {redirect: '> /dev/full'})
    assert.equal(code, argv[0] === 'daily-check' ? 3 : 1)
    assert.match(stderr, /^error: The result could not be written to standard output: ENOSPC\.\n(?: {2}→ .*\n)?$/)
  })
}

test('standard error that takes nothing changes no verdict', async (t) => {
  const at = place(t)
  assert.equal((await at.run(goodRun, {redirect: '2> /dev/full'})).code, 0)
  assert.equal((await at.run(badRun, {redirect: '2> /dev/full'})).code, 2)
  const {child, ended} = at.start(badRun)
  child.stderr?.destroy()
  assert.equal((await ended).code, 2)
})

test('a failure of several megabytes arrives whole, however slowly it is read', async (t) => {
  const at = place(t)
  const count = 30_000
  const {child, ended} = at.start(['daily-check', '--json', '--only', Array.from({length: count}, () => 'x').join(',')])
  const {stdout: pipe} = child
  assert.ok(pipe !== null)
  pipe.on('data', () => {
    pipe.pause()
    setTimeout(() => pipe.resume(), 2)
  })
  const ran = await ended
  assert.equal(ran.code, 3, ran.stderr)
  assert.ok(ran.stdout.length > 5_000_000)
  assert.equal(documentIn(ran).errors.length, count)
})

/** A log folder with one fresh file in it, for the environment. */
function withLog(at: Place, text: string): Record<string, string> {
  const folder = join(at.folder, 'logs')
  if (!existsSync(folder)) mkdirSync(folder)
  at.file('logs/app.log', text)
  return {LOGCASTER_PATHS_LOGS: folder}
}

/** A check that waits for a peer which takes the connection and then says nothing. */
async function slowRun(t: TestContext): Promise<readonly string[]> {
  const port = await listen(t, () => undefined)
  const settings = [`checks.cert.expiry.endpoints=127.0.0.1:${port}`, 'checks.deadline=900ms']
  return ['daily-check', '--only', 'cert.expiry', ...settings.flatMap((setting) => ['--set', setting])]
}
