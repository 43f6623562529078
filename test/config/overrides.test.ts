import assert from 'node:assert/strict'
import {test} from 'node:test'
import {load} from '../../src/config/load.ts'
import {settings} from '../../src/config/table.ts'
import {faultsOf, problemsOf, sources} from './loading.ts'

test('overrides: defaults < file < environment < flags', async () => {
  const text = 'paths: {data: /file, logs: /file, config: /file}\n'
  const env = {LOGCASTER_PATHS_LOGS: '/environment', LOGCASTER_PATHS_CONFIG: '/environment'}
  const {config, origins} = await load(sources({text, env, overrides: ['paths.config=/flag']}))
  assert.deepEqual(config.paths, {data: '/file', logs: '/environment', config: '/flag', state: null})
  const told = ['data', 'logs', 'config', 'state'].map((name) => origins.get(`paths.${name}`))
  assert.deepEqual(told, ['file', 'environment', 'flag', 'default'])
})

test('overrides: a setting counts as set wherever it was set, and so does what holds it', async () => {
  const loaded = await load(sources({overrides: ['checks.disk.space.warning=20%:']}))
  const keys = ['checks.disk.space.warning', 'checks.disk.space', 'checks', 'checks.disk.spa', 'checks.disk.inodes']
  assert.deepEqual(
    keys.map((key) => loaded.isSet(key)),
    [true, true, true, false, false]
  )
})

test('overrides: the last of several --set for one key counts', async () => {
  const {config} = await load(sources({overrides: ['paths.data=/a', 'paths.data=/b=c']}))
  assert.equal(config.paths.data, '/b=c')
})

test('overrides: one text is enough for lists, maps, records, ranges and nothing at all', async () => {
  const overrides = [
    'checks.disk.space.paths=/a, /b',
    'checks.profiles={"night": ["disk.*"]}',
    'checks.skip=[{"id": "disk.space", "reason": "new disk, on its way"}]',
    'checks.disk.space.warning=15%:',
    'checks.disk.space.critical=null',
    'server.log_port=',
    'runbooks.folders=',
    'checks.log.errors.read_max=1GB'
  ]
  const {config} = await load(sources({overrides}))
  assert.deepEqual(config.checks['disk.space'].paths, ['/a', '/b'])
  assert.deepEqual(config.checks.profiles, new Map([['night', ['disk.*']]]))
  assert.deepEqual(config.checks.skip, [{id: 'disk.space', reason: 'new disk, on its way', until: null}])
  assert.equal(config.checks['disk.space'].warning?.low, 15)
  assert.equal(config.checks['disk.space'].critical, null)
  assert.equal(config.server.log_port, null)
  assert.deepEqual(config.runbooks.folders, [])
  assert.equal(config.checks['log.errors'].read_max, 1_000_000_000)
})

const badFlags: readonly (readonly [override: string, problem: string])[] = [
  ['paths.dta=/x', 'config-unknown-override --set paths.dta paths.data'],
  ['paths=/x', 'config-unknown-override --set paths null'],
  ['__proto__=1', 'config-unknown-override --set __proto__ null'],
  ['=1', 'config-unknown-override --set null'],
  ['', 'config-unknown-override --set null'],
  ['paths.data', 'config-bad-override --set paths.data null key-value'],
  ['paths.data=x', 'config-bad-override --set paths.data x absolute-path'],
  ['paths.data=\x1b[2Jx\x07', 'config-bad-override --set paths.data \\u{1b}[2Jx\\u{7} absolute-path'],
  ['paths.data=', 'config-bad-override --set paths.data null absolute-path'],
  ['checks.skip=disk.space', 'config-bad-override --set checks.skip[0] disk.space record'],
  ['checks.skip=[{', 'config-bad-override --set checks.skip[0] [{ record'],
  ['checks.skip={"a": 1}', 'config-bad-override --set checks.skip {"a":1} list'],
  ['checks.skip=[{"id": "disk.space", "reason": 5}]', 'config-bad-override --set checks.skip[0].reason 5 text'],
  ['checks.skip=[{"id": "x", "reason": "y"}]', 'config-bad-override --set checks.skip[0].id x check-id'],
  [
    'checks.skip=[{"id": "disk.space", "reason": "y", "util": null}]',
    'config-unknown-override --set checks.skip[0].util checks.skip[0].until'
  ],
  ['checks.profiles=night', 'config-bad-override --set checks.profiles night map'],
  ['checks.ping_url_file=https://x/secret', 'config-bad-override --set checks.ping_url_file ******** absolute-path'],
  [`checks.skip=${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'config-bad-override --set checks.skip[0] ']
]

for (const [override, problem] of badFlags) {
  test(`overrides: --set ${override.slice(0, 70)} is refused`, async () => {
    const [found, ...others] = await problemsOf(load(sources({overrides: [override]})))
    assert.equal(found?.slice(0, problem.length), problem)
    assert.deepEqual(others, [])
  })
}

test('overrides: a bad value in the environment names the variable', async () => {
  const env = {LOGCASTER_CHECKS_DEADLINE: '10', LOGCASTER_SERVER_LOG_PORT: 'nine'}
  assert.deepEqual(await problemsOf(load(sources({env}))), [
    'config-bad-override environment LOGCASTER_SERVER_LOG_PORT server.log_port nine whole:1|65535',
    'config-bad-override environment LOGCASTER_CHECKS_DEADLINE checks.deadline 10 duration'
  ])
})

test('overrides: problems of file, environment and flags are told together, in this order', async () => {
  const given = sources({text: 'x: 1', env: {LOGCASTER_CHECKS_DEADLINE: '1'}, overrides: ['y=1']})
  const codes = (await faultsOf(load(given))).map((fault) => fault.code)
  assert.deepEqual(codes, ['config-unknown-key', 'config-bad-override', 'config-unknown-override'])
})

test('overrides: an unknown variable of ours is a warning with the nearest, a reserved one is not', async () => {
  const env = {
    LOGCASTER_ZZZ: '',
    LOGCASTER_PATHS_DATE: 'x',
    LOGCASTER_CONFIG: '/x',
    LOGCASTER_CHILD: '1',
    LOGCASTER_TEST_SPEED: '1',
    PATH: '/bin'
  }
  const {warnings} = await load(sources({env}))
  assert.deepEqual(
    warnings.map((fault) => [fault.code, fault.values]),
    [
      [
        'config-unknown-override',
        {source: 'environment LOGCASTER_PATHS_DATE', key: 'LOGCASTER_PATHS_DATE', nearest: 'LOGCASTER_PATHS_DATA'}
      ],
      ['config-unknown-override', {source: 'environment LOGCASTER_ZZZ', key: 'LOGCASTER_ZZZ', nearest: null}]
    ]
  )
})

test('overrides: no two settings share a variable, and none takes a reserved one', async () => {
  const names = settings().map((entry) => entry.environment)
  assert.ok(names.length > 40)
  assert.equal(new Set(names).size, names.length)
  for (const {environment, key, setting} of settings().filter((entry) => !entry.setting.isSecret)) {
    assert.match(environment, /^LOGCASTER_[A-Z0-9_]+$/)
    const {origins, warnings} = await load(
      sources({env: {[environment]: plainText(setting.kind.write(setting.fallback))}})
    )
    assert.equal(origins.get(key), 'environment', key)
    assert.deepEqual(warnings, [])
  }
})

function plainText(written: unknown): string {
  return typeof written === 'string' ? written : JSON.stringify(written)
}
