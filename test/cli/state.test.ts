import assert from 'node:assert/strict'
import {chmodSync, chownSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {
  codesOf,
  documentIn,
  inOwnMounts,
  lacking,
  ordinaryUser,
  place,
  unlessRoot,
  type Document,
  type Given,
  type Place
} from './run.ts'

const good = limited('null')
const critical = limited('0:0')

test('what a run saw is there for the next one', async (t) => {
  const at = place(t)
  assert.equal(checkIn(await json(at, good), 'mem.oom')?.code, 'no-history')
  assert.equal(checkIn(await json(at, good), 'mem.oom')?.code, 'oom-kills')
  assert.deepEqual(readdirSync(at.state), ['daily-check.json'])
})

test('a full disk behind the state changes no verdict', {skip: unlessRoot('unshare', 'mount', 'dd')}, async (t) => {
  const at = place(t)
  mkdirSync(at.state)
  const fill = 'mount -t tmpfs -o size=4k none "$1"; dd if=/dev/zero of="$1/full" bs=4k count=1 2> /dev/null'
  await holdVerdicts(at, {under: inOwnMounts(fill, at.state)}, 'ENOSPC')
})

test('a state on a file system that is read-only changes no verdict', {skip: unlessRoot('unshare')}, async (t) => {
  const at = place(t)
  mkdirSync(at.state)
  await holdVerdicts(at, {under: inOwnMounts('mount -t tmpfs -o ro none "$1"', at.state)}, 'EROFS')
})

test('a state that somebody may not write changes no verdict', async (t) => {
  const user = ordinaryUser()
  if (typeof user === 'string') {
    t.skip(user)
    return
  }
  const at = place(t)
  mkdirSync(at.state)
  chmodSync(at.state, 0o555)
  await holdVerdicts(at, {under: user.under, env: {NODE_V8_COVERAGE: undefined}}, 'EACCES')
  chmodSync(at.state, 0o755)
})

test('a damaged state is set aside, told once, and begun anew', async (t) => {
  const at = place(t)
  mkdirSync(at.state)
  const damaged = '{"format":1,"checks":{"mem.oom":{"at_ms":1,"val'
  writeFileSync(join(at.state, 'daily-check.json'), damaged)
  const first = await json(at, good)
  assert.deepEqual([first.exit_code, codesOf(first.warnings)], [0, ['state-damaged']])
  assert.deepEqual(readdirSync(at.state).toSorted(), ['daily-check.json', 'daily-check.json.damaged'])
  assert.equal(readFileSync(join(at.state, 'daily-check.json.damaged'), 'utf8'), damaged)
  const second = await json(at, good)
  assert.deepEqual([second.exit_code, second.warnings], [0, []])
})

test('a state of a newer logcaster is left as it is', async (t) => {
  const at = place(t)
  mkdirSync(at.state)
  const newer = '{"format":99,"checks":[]}'
  writeFileSync(join(at.state, 'daily-check.json'), newer)
  const document = await json(at, good)
  assert.deepEqual([document.exit_code, codesOf(document.warnings)], [0, ['state-newer']])
  assert.equal(readFileSync(join(at.state, 'daily-check.json'), 'utf8'), newer)
})

test('without kubectl nothing is known of the pods', async (t) => {
  const at = place(t)
  const given = withoutKubectl(at)
  if (typeof given === 'string') {
    t.skip(given)
    return
  }
  const argv = ['--only', 'k8s.pods', '--set', 'checks.k8s.pods.namespace=logs']
  const document = await json(at, argv, given)
  assert.equal(document.exit_code, 3)
  assert.deepEqual(statusOf(document, 'k8s.pods'), ['unknown', 'program-missing'])
})

const needsRun = {skip: unlessRoot('unshare', 'mount') || lacking('systemctl')}

test('where systemd does not run, nothing is known of a service that it is to manage', needsRun, async (t) => {
  const at = place(t)
  const given = {under: inOwnMounts('mount -t tmpfs none /run')}
  const only = ['--only', 'service.*', '--set', 'service.unit=web']
  const asked = await json(at, [...only, '--set', 'service.manager=systemd'], given)
  assert.deepEqual([asked.exit_code, statusOf(asked, 'service.state')], [3, ['unknown', 'service-unanswered']])
  const looked = await json(at, only, given)
  assert.deepEqual([looked.exit_code, statusOf(looked, 'service.state')], [3, ['unknown', 'service-no-manager']])
  const told = await json(at, [...only, '--set', 'service.manager=none'], given)
  assert.deepEqual(statusOf(told, 'service.state'), ['skipped', 'not-configured'])
})

test('of a log that somebody may not read nothing is known, and it is named', async (t) => {
  const user = ordinaryUser()
  if (typeof user === 'string') {
    t.skip(user)
    return
  }
  const at = place(t)
  const logs = join(at.folder, 'logs')
  mkdirSync(logs)
  const file = at.file('logs/app.log', 'ERROR\n')
  chmodSync(file, 0)
  chownSync(at.folder, user.id, user.id)
  const given = {under: user.under, env: {NODE_V8_COVERAGE: undefined}}
  const document = await json(at, ['--only', 'log.errors', '--set', `paths.logs=${logs}`], given)
  assert.equal(document.exit_code, 3)
  assert.equal(checkIn(document, 'log.errors')?.status, 'unknown')
  assert.match(JSON.stringify(checkIn(document, 'log.errors')), new RegExp(`${file}.*EACCES`))
})

function limited(range: string): readonly string[] {
  const limits = ['warning=null', `critical=${range}`].flatMap((one) => ['--set', `checks.disk.space.${one}`])
  return ['--only', 'disk.space,mem.oom', '--set', 'checks.mem.oom.critical=null', ...limits]
}

async function json(at: Place, argv: readonly string[], given?: Given): Promise<Document> {
  const ran = await at.run(['daily-check', '--json', ...argv], given)
  const document = documentIn(ran)
  assert.equal(document.exit_code, ran.code)
  return document
}

/** The verdict decides how it ends, and that it could not be remembered is told beside it. */
async function holdVerdicts(at: Place, given: Given, reason: string): Promise<void> {
  for (const [argv, code] of [
    [good, 0],
    [critical, 2]
  ] as const) {
    const document = await json(at, argv, given)
    assert.deepEqual([document.exit_code, codesOf(document.warnings)], [code, ['state-unwritable']])
    assert.match(document.warnings[0]?.message ?? '', new RegExp(reason))
  }
}

function checkIn(document: Document, id: string): Document['checks'][number] | undefined {
  return document.checks.find((check) => check.id === id)
}

function statusOf(document: Document, id: string): readonly unknown[] {
  const check = checkIn(document, id)
  return [check?.status, check?.code]
}

/** Mounts in which there is no kubectl on the PATH that programs are started with, or why there can be none. */
function withoutKubectl(at: Place): Given | string {
  const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin']
  const having = folders.filter((folder) => existsSync(join(folder, 'kubectl')))
  if (having.length === 0) return {}
  const obstacle = unlessRoot('unshare', 'mount')
  if (obstacle !== false) return obstacle
  mkdirSync(join(at.folder, 'upper'))
  // Only in the layer above is it taken away.
  const hide = having.map((folder, at) => {
    const layer = `"$1/${at}"`
    return `mkdir -p ${layer}/upper ${layer}/work
      mount -t overlay -o "lowerdir=${folder},upperdir=$1/${at}/upper,workdir=$1/${at}/work" none ${folder}
      rm ${folder}/kubectl`
  })
  return {under: inOwnMounts(`mount -t tmpfs none "$1"; ${hide.join('\n')}`, join(at.folder, 'upper'))}
}
