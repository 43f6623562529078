import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {parse} from 'yaml'
import {Faults} from '../../src/base/fault.ts'
import {flow} from '../../src/config/flow.ts'
import {load} from '../../src/config/load.ts'
import {schema} from '../../src/config/schema.ts'
import {settings} from '../../src/config/table.ts'
import {isRecord} from '../../src/base/record.ts'
import {parseSize} from '../../src/base/units.ts'
import type {Kind} from '../../src/config/shape.ts'
import {seedFromEnvironment, times} from '../sim/random.ts'
import {knownChecks, sources} from './loading.ts'

const seed = seedFromEnvironment()

const numberText = fc.oneof(
  fc.nat({max: 1000}).map(String),
  fc.nat({max: 1000}).map((tenths) => `${tenths}.5`)
)
const durationText = fc
  .tuple(fc.nat({max: 10_000}), fc.constantFrom('ms', 's', 'm', 'h', 'd', 'w'))
  .map((parts) => parts.join(''))
const sizeText = fc
  .tuple(fc.nat({max: 8000}), fc.constantFrom('', 'B', 'kB', 'MB', 'GB', 'KiB', 'MiB', 'GiB', 'TiB'))
  .map((parts) => parts.join(''))

function rangeText(end: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(
    end,
    end.map((low) => `${low}:`),
    end.map((high) => `~:${high}`),
    end.map((both) => `@${both}:${both}`)
  )
}

/** Good values as somebody could write them, by what the kind expects. */
const writtenBy: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  text: fc.string({unit: 'binary', minLength: 1, maxLength: 50}),
  'absolute-path': fc.string({unit: 'binary', maxLength: 50}).map((text) => `/${text.replaceAll('\0', '')}`),
  flag: fc.boolean(),
  duration: durationText,
  size: fc.oneof(sizeText, fc.nat()),
  'range-count': fc.oneof(rangeText(numberText), fc.nat()),
  'range-percent': rangeText(
    fc.oneof(
      numberText,
      numberText.map((text) => `${text}%`)
    )
  ),
  'range-duration': rangeText(durationText),
  date: fc
    .date({min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true})
    .map((day) => day.toISOString().slice(0, 10)),
  endpoint: fc.constantFrom('logs.example.com:443', '[::1]:8443', '10.0.0.1:1'),
  'check-id': fc.constantFrom(...knownChecks)
}

function written(kind: Kind<unknown>): fc.Arbitrary<unknown> {
  const good = writtenNotNull(kind)
  return kind.parse(null) === null ? fc.option(good) : good
}

function writtenNotNull({items, values, fields, expects}: Kind<unknown>): fc.Arbitrary<unknown> {
  if (items !== undefined) return fc.array(written(items), {maxLength: 4})
  if (values !== undefined)
    return fc.dictionary(fc.string({unit: 'binary', maxLength: 20}), written(values), {
      maxKeys: 4,
      noNullPrototype: true
    })
  if (fields !== undefined) {
    return fc.record(Object.fromEntries(Object.entries(fields).map(([name, kind]) => [name, written(kind)])), {
      noNullPrototype: true
    })
  }
  const [word = '', detail = ''] = expects.split(':')
  const arbitrary = bounded(word, detail.split('|')) ?? writtenBy[word]
  assert.ok(arbitrary !== undefined, `no good values for ${expects}`)
  return arbitrary
}

function bounded(word: string, details: readonly string[]): fc.Arbitrary<unknown> | undefined {
  const [low = '', high = ''] = details
  switch (word) {
    case 'one-of':
      return fc.constantFrom(...details)
    case 'whole':
      return fc.integer({min: Number(low), max: Number(high)})
    case 'size-between':
      return fc.maxSafeNat().map((any) => {
        const [least = 0, most = 0] = [parseSize(low), parseSize(high)]
        return least + (any % (most - least + 1))
      })
    default:
      return undefined
  }
}

/** The one setting, nested as in a file. */
function fileWith(path: readonly string[], value: string): string {
  return path.map((name, depth) => `${'  '.repeat(depth)}${name}:`).join('\n') + ` ${value}\n`
}

for (const {key, path, setting} of settings(schema).filter((entry) => !entry.setting.isSecret)) {
  test(`round trip: ${key} reads back what it wrote`, async () => {
    const property = fc.asyncProperty(written(setting.kind), async (raw) => {
      const value = setting.kind.parse(raw)
      assert.notEqual(value, undefined)
      const again = setting.kind.write(value)
      const {config} = await load(sources({text: fileWith(path, flow(again))}))
      const read = path.reduce<unknown>((part, name) => (isRecord(part) ? part[name] : undefined), config)
      assert.deepEqual(read, value)
    })
    await fc.assert(property, {seed, numRuns: times(30)})
  })
}

test('round trip: any JSON is read back from its one line of YAML', () => {
  const json = fc.jsonValue({stringUnit: 'binary', maxDepth: 3})
  fc.assert(
    fc.property(json, (value) => {
      assert.deepEqual(parse(flow(value), {schema: 'core', version: '1.2'}), JSON.parse(JSON.stringify(value)))
    }),
    {seed, numRuns: times(500)}
  )
})

/** Pieces that YAML and the schema react to, so that random texts get past the first line. */
const pieces = fc.constantFrom(
  ...[
    'checks',
    'paths',
    'data',
    'skip',
    'profiles',
    'disk.space',
    'warning',
    'id',
    '__proto__',
    '<<',
    'null',
    '20%:',
    '/x'
  ],
  ...[
    ':',
    ': ',
    '\n',
    '\n  ',
    '\n    ',
    '- ',
    '? ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    "'",
    '&a ',
    '*a',
    '!!str ',
    '|\n',
    '>\n'
  ],
  ...[
    '---\n',
    '...\n',
    '%YAML 1.2\n',
    '#',
    ' ',
    '\t',
    '\r',
    '\0',
    '\uFEFF',
    '\u2028',
    '\ud800',
    '😀',
    '!',
    '@',
    '`',
    '~',
    '0x1',
    '.nan'
  ]
)

test('round trip: whatever the text, load gives a configuration or Faults with places in it', async () => {
  const text = fc.oneof(
    fc.array(pieces, {maxLength: 60}).map((all) => all.join('')),
    fc.string({unit: 'binary', maxLength: 200})
  )
  const property = fc.asyncProperty(text, async (given) => {
    try {
      await load(sources({text: given, overrides: [given], env: {LOGCASTER_CHECKS_SKIP: given}}))
    } catch (error) {
      assert.ok(error instanceof Faults, String(error))
      for (const fault of error.all) checkPlace(fault.values, given)
    }
  })
  await fc.assert(property, {seed, numRuns: times(3000)})
})

function checkPlace(values: object, text: string): void {
  if (!('line' in values) || !('column' in values)) return
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  const line = lines[Number(values.line) - 1]
  assert.ok(line !== undefined && Number(values.column) >= 1, JSON.stringify(values))
  assert.ok(
    Number(values.column) <= Array.from(line).length + 2,
    `${JSON.stringify(values)} in ${JSON.stringify(line)}`
  )
}

test('round trip: words that this YAML or an older one reads as something else are quoted', () => {
  for (const word of ['true', 'False', 'NULL', 'yes', 'no', 'On', 'off', 'y', 'N'])
    assert.equal(flow(word), `'${word}'`)
  assert.equal(flow(['auto', '10s', '20%', '20%:', '1e3', '']), "[auto, 10s, 20%, '20%:', '1e3', '']")
})
