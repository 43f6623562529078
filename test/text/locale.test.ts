import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import path from 'node:path'
import {test} from 'node:test'

interface Printed {
  readonly everything: string
  /** How the locale itself would write 1234.5. */
  readonly number: string
}

function printedUnder(locale: string, zone: string): Printed {
  const child = spawnSync(process.execPath, [path.join(import.meta.dirname, 'fixtures', 'print-everything.ts')], {
    encoding: 'utf8',
    env: {LC_ALL: locale, LANG: locale, LC_NUMERIC: locale, LC_TIME: locale, TZ: zone}
  })
  assert.equal(child.status, 0, child.stderr)
  return {everything: child.stdout, number: child.stderr}
}

test('S-05: numbers, times and keys do not depend on the locale', () => {
  const plain = printedUnder('C', 'Asia/Seoul')
  assert.ok(plain.everything.length > 10_000)
  assert.ok(plain.everything.includes('2026-11-20T18:15:00+09:00'))
  for (const locale of ['ko_KR.UTF-8', 'de_DE.UTF-8', 'ar_EG.UTF-8']) {
    assert.equal(printedUnder(locale, 'Asia/Seoul').everything, plain.everything, locale)
  }
  // The locale did reach the process: it would have written the numbers in its own way.
  assert.equal(plain.number, '1,234.5')
  assert.equal(printedUnder('de_DE.UTF-8', 'Asia/Seoul').number, '1.234,5')
})

test('what programs read is the same in every zone of the operator', () => {
  const documentIn = (zone: string): string => printedUnder('C', zone).everything.split('</testsuites>')[0] ?? ''
  const seoul = documentIn('Asia/Seoul')
  assert.ok(seoul.includes('"started_at": "2026-11-20T09:15:00Z"'))
  assert.equal(documentIn('America/St_Johns'), seoul)
})
