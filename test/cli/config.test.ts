import assert from 'node:assert/strict'
import {chmodSync, chownSync, existsSync, mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {codesOf, documentIn, isRoot, ordinaryUser, place, type Given, type Place} from './run.ts'

const show = ['config', 'show', '--json', '--changed']

test('a configuration by flag wins over one by environment', async (t) => {
  const at = place(t)
  const byFlag = at.file('flag.yaml', 'service: {unit: from-flag}\n')
  const env = {LOGCASTER_CONFIG: at.file('environment.yaml', 'service: {unit: from-environment}\n')}
  assert.deepEqual(await unitIn(at, [...show, '--config', byFlag], {env}), [byFlag, 'from-flag'])
  assert.deepEqual(await unitIn(at, show, {env}), [env.LOGCASTER_CONFIG, 'from-environment'])
})

test('a relative path is taken from where the operator stands', async (t) => {
  const at = place(t)
  const file = at.file('here.yaml', 'service: {unit: here}\n')
  assert.deepEqual(await unitIn(at, [...show, '--config', './here.yaml'], {}), [file, 'here'])
})

test('as root, the folder where one stands gives no orders', {skip: isRoot ? false : 'needs root'}, async (t) => {
  const at = place(t)
  at.file('logcaster.yaml', 'service: {unit: from-here}\n')
  const {stdout} = await at.run(show, {env: {LOGCASTER_CONFIG: undefined}})
  assert.doesNotMatch(stdout, /from-here/)
})

test('anybody else has it where they stand, else among their own settings', async (t) => {
  const own = ownPlace(t)
  if (own === undefined) return
  const {at, given} = own
  mkdirSync(join(at.folder, 'home/.config/logcaster'), {recursive: true})
  const users = at.file('home/.config/logcaster/logcaster.yaml', 'service: {unit: from-home}\n')
  assert.deepEqual(await unitIn(at, show, given), [users, 'from-home'])
  const here = at.file('logcaster.yaml', 'service: {unit: from-here}\n')
  assert.deepEqual(await unitIn(at, show, given), [here, 'from-here'])
  const elsewhere = {...given, env: {...given.env, LOGCASTER_CONFIG: at.config}}
  assert.deepEqual(await unitIn(at, show, elsewhere), [at.config, undefined])
})

test('the environment overrides the file, and a flag overrides both; the last flag counts', async (t) => {
  const at = place(t)
  const file = at.file('a.yaml', 'service: {unit: file}\nchecks: {since: 1h, deadline: 5s}\n')
  const env = {LOGCASTER_SERVICE_UNIT: 'environment', LOGCASTER_CHECKS_SINCE: '2h'}
  const flags = ['--set', 'service.unit=first', '--set', 'service.unit=last']
  const document = documentIn(await at.run([...show, '--config', file, ...flags], {env}))
  const settings = document['settings'] as readonly {key: string; value: unknown; origin: string}[]
  assert.deepEqual(
    settings.filter(({key}) => key !== 'paths.state'),
    [
      {key: 'service.unit', value: 'last', origin: 'flag'},
      {key: 'checks.deadline', value: '5s', origin: 'file'},
      {key: 'checks.since', value: '2h', origin: 'environment'}
    ]
  )
})

test('all problems are told at once, each with its file, line and column', async (t) => {
  const at = place(t)
  const file = at.file(
    'a.yaml',
    'service:\n  unti: web\nchecks:\n  since: 5\n  skip:\n    - {id: nonesuch, reason: x}\n'
  )
  const argv = ['config', 'check', file, '--set', 'checks.deadline=soon']
  const ran = await at.run(argv, {env: {LOGCASTER_CHECKS_SINCE: 'ever'}})
  assert.deepEqual([ran.code, ran.stdout], [78, ''])
  const told = ran.stderr.split('\n').filter((line) => line.startsWith('error: '))
  const places = [`${file}:2:3:`, `${file}:4:10:`, `${file}:6:12:`, 'environment LOGCASTER_CHECKS_SINCE:', '--set:']
  assert.equal(told.length, places.length, ran.stderr)
  for (const [index, where] of places.entries()) assert.ok(told[index]?.startsWith(`error: ${where}`), told[index])
  assert.match(ran.stderr, /Did you mean service\.unit\?/)
  assert.equal(documentIn(await at.run([...argv, '--json'])).errors.length, places.length - 1)
  assert.equal((await at.run(['daily-check', '--config', file])).code, 3)
})

test('as root, a file that others could have written is refused', {skip: isRoot ? false : 'needs root'}, async (t) => {
  const at = place(t)
  const file = at.file('a.yaml', 'service: {unit: web}\n')
  const refused = async (): Promise<string> => {
    const ran = await at.run([...show, '--config', file])
    assert.equal(ran.code, 78)
    assert.equal((await at.run(['daily-check', '--config', file])).code, 3)
    assert.deepEqual(codesOf(documentIn(ran).errors), ['config-unsafe'])
    return documentIn(ran).errors[0]?.hint ?? ''
  }
  chmodSync(file, 0o666)
  assert.equal(await refused(), `sudo chmod go-w ${file}`)
  chmodSync(file, 0o644)
  chownSync(file, 65534, 65534)
  assert.match(await refused(), /^Look at it, .*sudo install -D -m 0644 COPY \/etc\/logcaster\/logcaster\.yaml$/)
  chownSync(file, 0, 0)
  chmodSync(at.folder, 0o777)
  assert.equal(await refused(), `sudo chmod go-w ${at.folder}`)
  chmodSync(at.folder, 0o755)
  assert.equal((await at.run([...show, '--config', file])).code, 0)
})

test('anybody else is warned of such a file', async (t) => {
  const own = ownPlace(t)
  if (own === undefined) return
  const file = own.at.file('a.yaml', 'service: {unit: web}\n')
  chmodSync(file, 0o666)
  const ran = await own.at.run(['config', 'check', file], own.given)
  assert.deepEqual([ran.code, ran.stdout], [0, `${file}: ok\n`])
  assert.match(ran.stderr, /^warning: .* can be written by others \(mode 0666\)/)
})

for (const language of ['C', 'ko_KR.UTF-8']) {
  test(`${language}: a first configuration is written once, and is valid as it is`, async (t) => {
    const at = place(t)
    const path = join(at.folder, 'etc/logcaster.yaml')
    const env = {LC_ALL: language}
    const first = await at.run(['config', 'init', '--path', path], {env})
    assert.deepEqual([first.code, first.stdout], [0, `${path}\n`], first.stderr)
    const written = readFileSync(path, 'utf8')
    const printed = await at.run(['config', 'init', '--print', '--path', path], {env})
    assert.deepEqual([printed.code, printed.stdout], [0, written])
    assert.equal(/\p{Script=Hangul}/u.test(written), language !== 'C')

    const second = await at.run(['config', 'init', '--path', path])
    assert.deepEqual([second.code, readFileSync(path, 'utf8')], [5, written])
    assert.deepEqual((await at.run(['config', 'check', path])).code, 0)
    const shown = documentIn(await at.run([...show, '--config', path], {env: {LOGCASTER_PATHS_STATE: undefined}}))
    assert.deepEqual(shown['settings'], [])
  })
}

test('a first configuration goes where --config says, and else where it would be found', async (t) => {
  const at = place(t)
  const path = join(at.folder, 'a.yaml')
  assert.equal((await at.run(['config', 'init', '--config', path])).stdout, `${path}\n`)
  const env = {LOGCASTER_CONFIG: join(at.folder, 'b.yaml')}
  assert.equal((await at.run(['config', 'init'], {env})).stdout, `${env.LOGCASTER_CONFIG}\n`)
  const own = ownPlace(t)
  if (own === undefined) return
  const users = join(own.at.folder, 'home/.config/logcaster/logcaster.yaml')
  const ran = await own.at.run(['config', 'init'], own.given)
  assert.deepEqual([ran.code, ran.stdout], [0, `${users}\n`], ran.stderr)
  assert.equal(statSync(users).mode & 0o022, 0)
})

test('a link that leads nowhere is something that is there already', async (t) => {
  const at = place(t)
  const path = join(at.folder, 'a.yaml')
  symlinkSync(join(at.folder, 'elsewhere.yaml'), path)
  const ran = await at.run(['config', 'init', '--path', path, '--json'])
  assert.deepEqual([ran.code, codesOf(documentIn(ran).errors)], [5, ['config-exists']])
  assert.deepEqual([readlinkSync(path), existsSync(path)], [join(at.folder, 'elsewhere.yaml'), false])
})

test('who may not write there is told so, and not of a fault of logcaster', async (t) => {
  const own = ownPlace(t)
  if (own === undefined || !isRoot) return
  const closed = join(own.at.folder, 'closed')
  mkdirSync(closed, {mode: 0o700})
  for (const path of [`${closed}/a.yaml`, `${closed}/new/a.yaml`]) {
    const ran = await own.at.run(['config', 'init', '--path', path, '--json'], own.given)
    assert.deepEqual([ran.code, codesOf(documentIn(ran).errors)], [1, ['file-unwritable']])
  }
})

test('a loop over standard input keeps its lines', async (t) => {
  const at = place(t)
  const loop = `printf 'one\\ntwo\\n' | while read -r line; do "$@" > /dev/null; echo "$line"; done`
  const ran = await at.run(['config', 'check'], {under: ['/bin/sh', '-c', loop, 'sh']})
  assert.deepEqual([ran.stdout, ran.stderr], ['one\ntwo\n', ''])
})

test('config init --print writes nothing', async (t) => {
  const at = place(t)
  const path = join(at.folder, 'etc/logcaster.yaml')
  assert.equal((await at.run(['config', 'init', '--print', '--path', path])).code, 0)
  assert.ok(!existsSync(join(at.folder, 'etc')))
})

test('a secret is never shown, wherever it came from', async (t) => {
  const at = place(t)
  const secret = 'https://ping.example.test/4f1d'
  const file = at.file('secret', `${secret}\n`)
  for (const given of [
    {env: {LOGCASTER_CHECKS_PING_URL: secret}, argv: []},
    {env: {}, argv: ['--set', `checks.ping_url_file=${file}`]}
  ]) {
    const text = await at.run(['config', 'show', ...given.argv], given)
    assert.equal(text.code, 0, text.stderr)
    assert.match(text.stdout, /^checks\.ping_url +'?\*+/m)
    const json = await at.run(['config', 'show', '--json', '--verbose', ...given.argv], given)
    for (const said of [text.stdout, text.stderr, json.stdout, json.stderr]) assert.doesNotMatch(said, /4f1d/)
  }
  const misplaced = await at.run(['config', 'check', at.file('a.yaml', `checks: {ping_url: '${secret}'}\n`)])
  assert.equal(misplaced.code, 78)
  const onCommandLine = await at.run(['config', 'show', '--json', '--set', `checks.ping_url=${secret}`])
  assert.equal(onCommandLine.code, 78)
  for (const {stdout, stderr} of [misplaced, onCommandLine]) assert.doesNotMatch(stdout + stderr, /4f1d/)
})

/** A place that belongs to somebody other than root, with no configuration named; undefined where there is none. */
function ownPlace(t: TestContext): {readonly at: Place; readonly given: Given} | undefined {
  const user = ordinaryUser()
  if (typeof user === 'string') {
    t.skip(user)
    return undefined
  }
  const at = place(t)
  for (const folder of [at.folder, join(at.folder, 'home')]) chownSync(folder, user.id, user.id)
  return {at, given: {under: user.under, env: {LOGCASTER_CONFIG: undefined, NODE_V8_COVERAGE: undefined}}}
}

/** The file that was read, and the unit that it, or what is stronger, names. */
async function unitIn(at: Place, argv: readonly string[], given: Given): Promise<readonly unknown[]> {
  const ran = await at.run(argv, given)
  assert.equal(ran.code, 0, ran.stdout)
  const document = documentIn(ran)
  const settings = document['settings'] as readonly {key: string; value: unknown}[]
  return [document['path'], settings.find(({key}) => key === 'service.unit')?.value]
}
