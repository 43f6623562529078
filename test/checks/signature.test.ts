import assert from 'node:assert/strict'
import {test} from 'node:test'
import fc from 'fast-check'
import {signatureMax, signatureOf} from '../../src/checks/signature.ts'
import {seedFromEnvironment} from '../sim/random.ts'

const seed = seedFromEnvironment()

function check(expected: string, lines: readonly string[]): void {
  for (const line of lines) assert.equal(signatureOf(line), expected, line)
}

test('what changes from line to line becomes a placeholder', () => {
  check('ERROR: took <n> ms', ['ERROR: took 12 ms', 'ERROR: took 1234.5 ms'])
  check('ERROR worker-<n> died', ['ERROR worker-1 died', 'ERROR worker-22 died'])
  check('user <text> not found', ['user "alice" not found', 'user "bob \\" x" not found', "user 'it is me' not found"])
  check("can't open, won't retry", ["can't open, won't retry"])
  check('connect <ip> failed', ['connect 10.0.0.1:443 failed', 'connect 10.0.0.22 failed', 'connect fe80::1 failed'])
  check('id <uuid> gone', [
    'id 123e4567-e89b-12d3-a456-426614174000 gone',
    'id 123E4567-E89B-12D3-A456-426614174000 gone'
  ])
  check('at <hex> in std::map', ['at 0x7fff12 in std::map', 'at deadbeef01 in std::map'])
  check('open <path>: denied', ['open /var/lib/x.db: denied', 'open /tmp/a-b_c@1: denied'])
  check('GET <url> failed', ['GET http://host:80/x?y=1 failed', 'GET https://user@other failed'])
  check('since <time> down', ['since 2026-10-10T13:55:36.123Z down', 'since 13:55:36 down', 'since 2026-10-10 down'])
  check('read and/or write', ['read and/or write'])
})

test('the time of the line itself is not part of it', () => {
  check('ERROR: x', [
    '2026-10-10T13:55:36Z ERROR: x',
    'Oct 10 13:55:36 ERROR: x',
    '<11>ERROR: x',
    '[2026-10-10 13:55:36] ERROR: x'
  ])
})

test('of a JSON record and of key=value pairs it is the message', () => {
  check('job <n> failed', [
    '{"level":50,"time":1791640536123,"pid":1,"msg":"job 1 failed"}',
    '{"message":"job 2 failed","other":"x"}',
    'time="2026-10-10T13:55:36Z" level=error msg="job 3 failed" pid=7'
  ])
  assert.equal(signatureOf('{"a":1}'), '{<text>:<n>}')
  assert.equal(signatureOf('{"msg":"cut of'), '{<text>:"cut of')
})

test('long ones are cut, and escape codes stay for the printer to mask', () => {
  assert.equal(signatureOf(`ERROR ${'x'.repeat(5000)}`), `ERROR ${'x'.repeat(signatureMax - 6)}`)
  assert.equal(signatureOf('ERROR \u001b[31mred\u0007'), 'ERROR \u001b[<n>mred\u0007')
})

test('no string is refused, and hostile ones are cut before anything is searched in them', () => {
  const pieces = ['"', "'", '/', ':', '::', '-', '0x', 'a', '1', '.', '\\', '{', '://', ' ']
  const piece = fc.oneof(fc.constantFrom(...pieces), fc.string({unit: 'binary', maxLength: 3}))
  fc.assert(
    fc.property(fc.array(piece, {maxLength: 30}), (parts) => {
      const line = parts.join('').repeat(100)
      assert.ok(signatureOf(line).length <= signatureMax)
      assert.equal(/[2-9]/.test(signatureOf(line)), false)
    }),
    {seed}
  )
  for (const unit of ['"', "'a", '/', 'a:', '1.', 'a-', 'f', '://', 'a+', '\\']) signatureOf(unit.repeat(1_000_000))
})

test('a secret in a line is neither shown nor kept, whatever stands around it', () => {
  check('login password=<secret> failed', [
    'login password=hunter failed',
    'login password="hun ter" failed',
    "login password='hun ter' failed"
  ])
  const lines = [
    'db_password: s3cr3tX',
    'GET /x?token=s3cr3tX&user=me',
    'retry with api_key=s3cr3tX,',
    'X-Api-Key: s3cr3tX',
    'AWS_SECRET_ACCESS_KEY=s3cr3tX',
    'Authorization: Bearer s3cr3tX',
    'authorization=Basic s3cr3tX==',
    '"Authorization": "Bearer s3cr3tX"',
    'sent Bearer s3cr3tX to it',
    'token: Bearer s3cr3tX',
    'Set-Cookie: s3cr3tX; Path=/',
    'config {"client_secret": "s3cr3tX"}',
    'password="s3cr3tX cut s3cr3tX',
    'cannot reach postgres://admin:s3cr3tX@db:5432/x',
    '{"level":"error","msg":"no: PASSWD=s3cr3tX"}',
    'level=error msg="no: access_token=s3cr3tX"'
  ]
  for (const line of lines) {
    assert.equal(/s3cr3tX|cr|tX/.test(signatureOf(line).replaceAll(/secret/gi, '')), false, signatureOf(line))
  }
  check('the password of the user is wrong', ['the password of the user is wrong'])
  check('tokens=<n> used', ['tokens=5 used'])
})
