import assert from 'node:assert/strict'
import {readFile} from 'node:fs/promises'
import {test} from 'node:test'
import {example} from '../../src/config/example.ts'
import {load} from '../../src/config/load.ts'
import {schema} from '../../src/config/schema.ts'
import {show} from '../../src/config/show.ts'
import {settings} from '../../src/config/table.ts'
import {loadText, sources} from './loading.ts'

for (const language of ['en', 'ko'] as const) {
  test(`example (${language}): as it stands it sets nothing`, async () => {
    const loaded = await loadText(example(language))
    assert.deepEqual(loaded.config, (await load(sources())).config)
    assert.ok([...loaded.origins.values()].every((origin) => origin === 'default'))
  })

  test(`example (${language}): with every setting uncommented it sets all of them to their defaults`, async () => {
    const loaded = await loadText(example(language).replaceAll(/^( *)#(?=\S)/gm, '$1'))
    assert.deepEqual(loaded.config, (await load(sources())).config)
    assert.deepEqual(
      [...loaded.origins.keys()],
      settings().map((entry) => entry.key)
    )
    for (const {key, setting} of settings()) {
      assert.equal(loaded.origins.get(key), setting.isSecret ? 'default' : 'file', key)
    }
  })
}

test('example: Korean explains in Korean, with the same settings', () => {
  const settingsIn = (text: string): readonly string[] =>
    text.split('\n').filter((line) => /^ *(?:#\S|[^# ])/.test(line))
  assert.deepEqual(settingsIn(example('ko')), settingsIn(example('en')))
  assert.match(example('ko'), /서비스 데이터 폴더/)
})

test('example: the one that is shipped is this one', async () => {
  const shipped = await readFile(new URL('../../templates/logcaster.example.yaml', import.meta.url), 'utf8')
  assert.equal(shipped, example('en'))
})

test('show: every setting with its value as it would be written, and where it came from', async () => {
  const text = 'checks: {deadline: 90s, disk.space: {warning: 20, paths: [/a]}, skip: [{id: disk.space, reason: x}]}'
  const shown = show(await load(sources({text, overrides: ['checks.cert.expiry.endpoints=[::1]:8443']})))
  assert.deepEqual(
    shown.map((setting) => setting.key),
    settings(schema).map((entry) => entry.key)
  )
  const valueOf = (key: string): unknown => shown.find((setting) => setting.key === key)
  const seen = (key: string, value: unknown, origin: string): void => {
    assert.deepEqual(valueOf(key), {key, value, origin})
  }
  seen('checks.deadline', '90s', 'file')
  seen('checks.disk.space.warning', '20', 'file')
  seen('checks.disk.space.paths', ['/a'], 'file')
  seen('checks.skip', [{id: 'disk.space', reason: 'x'}], 'file')
  seen('checks.cert.expiry.endpoints', ['[::1]:8443'], 'flag')
  seen('checks.profiles', {}, 'default')
  seen('checks.log.errors.read_max', '256MiB', 'default')
  assert.deepEqual(JSON.parse(JSON.stringify(shown)), shown)
})
