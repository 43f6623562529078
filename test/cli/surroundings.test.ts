import assert from 'node:assert/strict'
import {existsSync, mkdirSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {documentIn, inOwnMounts, isRoot, ordinaryUser, place, unlessRoot} from './run.ts'

test('who stands in a folder that was removed can work all the same', async (t) => {
  const at = place(t)
  const leave = 'mkdir -p gone && cd gone && rmdir ../gone && exec "$@"'
  const ran = await at.run(['config', 'check'], {under: ['/bin/sh', '-c', leave, 'sh']})
  assert.deepEqual([ran.code, ran.stdout], [0, `${at.config}: ok\n`])
  // The shell of the launcher may have its own word about it.
  assert.doesNotMatch(ran.stderr, /error|ENOENT/)
  // A relative path would mean another place now: it is not found, and nothing is written there either.
  const name = `logcaster-${process.pid}.yaml`
  for (const argv of [
    ['config', 'init', '--path', name],
    ['config', 'check', name]
  ]) {
    const refused = await at.run(argv, {under: ['/bin/sh', '-c', leave, 'sh']})
    assert.notEqual(refused.code, 0)
    assert.match(refused.stderr, /error/)
  }
  assert.equal(existsSync(`/${name}`), false)
})

test('no time at all is refused where a time is asked for', async (t) => {
  for (const flag of ['--since', '--timeout']) {
    const ran = await place(t).run(['daily-check', flag, '0'])
    assert.deepEqual([ran.code, ran.stdout], [3, ''])
    assert.match(ran.stderr, new RegExp(`${flag} cannot be "0"`))
  }
})

test('root is root, whoever the environment says; anybody else has the name that the environment gives', async (t) => {
  const at = place(t)
  const userIn = async (env: Record<string, string | undefined>, under: readonly string[] = []): Promise<string> => {
    const ran = await at.run(['config', 'check', '--json'], {env: {NODE_V8_COVERAGE: undefined, ...env}, under})
    return String(documentIn(ran)['user'])
  }
  if (isRoot) assert.equal(await userIn({USER: 'somebody'}), 'root')
  const user = ordinaryUser()
  if (typeof user === 'string') {
    t.skip(user)
    return
  }
  assert.equal(await userIn({USER: 'somebody'}, user.under), 'somebody')
  assert.notEqual(await userIn({USER: undefined}, user.under), '')
})

test(
  'root runs no compiled code from a home, which may be somebody else’s',
  {skip: unlessRoot('unshare')},
  async (t) => {
    const at = place(t)
    const cache = join(at.folder, 'cache')
    mkdirSync(cache)
    const show = 'mount --bind "$1" /var/cache'
    const env = {CACHE_DIRECTORY: undefined, XDG_CACHE_HOME: join(at.folder, 'home/xdg')}
    for (const given of [env, {...env, XDG_CACHE_HOME: undefined}]) {
      const ran = await at.run(['config', 'check'], {under: inOwnMounts(show, cache), env: given})
      assert.deepEqual([ran.code, ran.stderr], [0, ''])
      assert.deepEqual(readdirSync(join(at.folder, 'home')), [])
    }
    assert.ok(existsSync(join(cache, 'logcaster')))
  }
)

test('flags and their values may stand before the command', async (t) => {
  const at = place(t)
  const only = ['--only', 'cert.expiry']
  for (const argv of [
    ['--since', '2h', ...only, 'daily-check'],
    [...only, '--json', 'daily-check', '--since=2h']
  ]) {
    const ran = await at.run(argv)
    assert.deepEqual([ran.code, ran.stderr.includes('error')], [3, false], ran.stderr)
    assert.match(ran.stdout, /cert\.expiry/)
  }
  const named = at.file('show', 'service: {unit: web}\n')
  const ran = await at.run(['--config', 'show', 'config', 'show', '--changed', '--json'])
  assert.deepEqual([ran.code, documentIn(ran)['path']], [0, named])
})
