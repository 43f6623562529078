import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {mask, maskAll, maskText} from '../../src/base/masking.ts'

test('masking: what looks like a secret by its name is masked, in every form it is written in', () => {
  const cases: readonly [string, string][] = [
    ['password=hunter2 next', `password=${mask} next`],
    ['DB_PASSWORD=hunter2', `DB_PASSWORD=${mask}`],
    ["export PGPASSWORD='two words'", `export PGPASSWORD=${mask}`],
    ['{"token": "abc", "b": 1}', `{"token": ${mask}, "b": 1}`],
    ['api-key: abc', `api-key: ${mask}`],
    ['Authorization: Basic dXNlcjpwYXNz\r\nHost: x', `Authorization: ${mask}\r\nHost: x`],
    ['curl -H "Authorization: Bearer abc.def"', `curl -H "Authorization: ${mask}"`],
    ['Bearer abcdefghijk', `Bearer ${mask}`],
    ['tool --password hunter2 --port 1', `tool --password ${mask} --port 1`],
    ['tool --password=hunter2', `tool --password=${mask}`],
    ['tool --smtp-token "two words" x', `tool --smtp-token ${mask} x`],
    ['tool --secret\thunter2', `tool --secret\t${mask}`],
    ['https://user:pass@host/x and ftp://u@h', `https://${mask}@host/x and ftp://${mask}@h`],
    ['?a=1&access_key=abc&b=2', `?a=1&access_key=${mask}&b=2`]
  ]
  for (const [text, masked] of cases) assert.equal(maskText(text, []), masked)
})

test('masking: what only resembles a secret stays as it is', () => {
  for (const text of [
    'tool --password-file /etc/pw',
    'tool --password --port',
    'https://host/path?user=a@b.example',
    'passed 12 tests',
    'mail kim@example.com',
    'compass: north',
    ''
  ]) {
    assert.equal(maskText(text, []), text)
  }
})

test('masking: a known secret is masked wherever it stands, and the longer one as a whole', () => {
  const secrets = ['hunter22', 'hunter22-and-more', 'abc', '$&']
  assert.equal(maskText('x hunter22-and-more, hunter22! abc $&', secrets), `x ${mask}, ${mask}! abc $&`)
})

test('masking: no known secret is left, whatever surrounds it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({minLength: 4}), {minLength: 1, maxLength: 3}),
      fc.string(),
      fc.string(),
      (secrets, before, after) => {
        fc.pre(secrets.every((secret) => !mask.includes(secret) && !/\*/.test(secret)))
        const masked = maskText(secrets.map((secret) => `${before}${secret}${after}`).join(''), secrets)
        for (const secret of secrets) assert.ok(!masked.includes(secret), masked)
      }
    )
  )
})

test('masking: reaches into lists and records, by the word before and by the key above', () => {
  const value = {
    argv: ['tool', '--password', 'hunter2', '--token', 7, '-v', 'x', '--password-file', '/etc/pw'],
    before: {smtp_password: 'hunter2', secrets: ['kept'], api_key: {deep: 1}, token: null, is_secret: true},
    text: ['see hunter22'],
    hunter22: 3,
    size: 12
  }
  assert.deepEqual(maskAll(value, ['hunter22']), {
    argv: ['tool', '--password', mask, '--token', mask, '-v', 'x', '--password-file', '/etc/pw'],
    before: {smtp_password: mask, secrets: ['kept'], api_key: mask, token: null, is_secret: true},
    text: [`see ${mask}`],
    [mask]: 3,
    size: 12
  })
})

test('masking: a hostile text takes no longer than its length', () => {
  for (const part of ['-', 'a://', 'password', 'password=', '--token ', 'bearer ', 'authorization:', '" ']) {
    maskText(part.repeat(100_000), [])
  }
})
