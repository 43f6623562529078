import assert from 'node:assert/strict'
import {test} from 'node:test'
import {parseCounters} from '../../src/server/client.ts'
import {
  countAnswer,
  foundHeader,
  helpAnswer,
  scanRefusal,
  statsAnswer,
  understand
} from '../../src/server/query-protocol.ts'

function asks(line: string, isLenient = false): string {
  return understand(line, {isLenient}).do
}

function refusal(line: string): string {
  const request = understand(line, {isLenient: false})
  if (request.do !== 'refuse') assert.fail(`${line}: ${request.do}`)
  return request.answer
}

test('query protocol: commands are read in any case, with blanks and a CR around them', () => {
  assert.equal(asks('STATS'), 'stats')
  assert.equal(asks('count\r'), 'count')
  assert.equal(asks(' Help '), 'help')
  assert.equal(asks('query keyword=x'), 'query')
  assert.equal(asks('QUERY\tERROR'), 'query')
})

test('query protocol: what is no command is told so in the words of the original', () => {
  const unknown = 'ERROR: Unknown command. Use HELP for usage.\n'
  for (const line of ['', ' ', 'PING', 'COUNT 5', 'STATS,', 'QUERYkeyword=x', 'GET / HTTP/1.1']) {
    assert.equal(refusal(line), unknown, line)
  }
})

test('query protocol: the answers that clients of the original know', () => {
  assert.equal(
    statsAnswer({total: 10_050, dropped: 50, current: 10_000, clients: 3}),
    'STATS: Total=10050, Dropped=50, Current=10000, Clients=3\n'
  )
  assert.deepEqual(parseCounters(statsAnswer({total: 3, dropped: 1, current: 2, clients: 0})), {
    total: 3,
    dropped: 1,
    current: 2
  })
  assert.equal(countAnswer(7), 'COUNT: 7\n')
  assert.equal(foundHeader(1), 'FOUND: 1 matches\n')
  assert.match(helpAnswer, /^LogCaster Query Interface\n=+\nCommands:\n/)
  for (const word of ['STATS', 'COUNT', 'QUERY', 'HELP', 'Query Parameters', 'Examples']) {
    assert.ok(helpAnswer.toLowerCase().includes(word.toLowerCase()), word)
  }
})

test('query protocol: a query that is not understood says first that, and then where', () => {
  const cases: readonly [string, string][] = [
    ['QUERY regex=[unclosed', `  at 'regex=': Unterminated character class\n`],
    ['QUERY time_from=soon', `  at 'time_from=': "soon" is not a whole number of seconds since 1970\n`],
    ['QUERY keywords=a operator=XOR', `  at 'operator=': "XOR" is neither AND nor OR\n`],
    [
      'QUERY keywrd=a',
      `  at 'keywrd=': no such parameter; did you mean keyword=? There are keyword, keywords, operator, regex, ` +
        'time_from and time_to. To search for this text, write keyword=keywrd=a\n'
    ]
  ]
  for (const [line, detail] of cases) assert.equal(refusal(line), `ERROR: Invalid query syntax\n${detail}`)
  assert.doesNotMatch(refusal('QUERY moon=1'), /did you mean/)
})

test('query protocol: nothing to search by, and each limit, have a line of their own', () => {
  for (const line of ['QUERY', 'query ', 'QUERY keyword=']) {
    assert.match(refusal(line), /^ERROR: No search criteria specified\n/)
  }
  assert.equal(refusal(`QUERY regex=${'a'.repeat(513)}`), 'ERROR: Regex longer than 512 characters\n')
  assert.equal(refusal(`QUERY ${'a '.repeat(65)}`), 'ERROR: Too many keywords (64)\n')
})

test('query protocol: what a stranger has written is shown in part, without what reaches into a terminal', () => {
  const answer = refusal(`QUERY \x1b[2Jx${'y'.repeat(500)}=1`)
  assert.ok(!answer.includes('\x1b'))
  assert.ok(answer.length < 400)
  assert.equal(answer.split('\n').length, 3)
})

test('query protocol: unknown parameters are passed over where that is asked for', () => {
  assert.equal(asks('QUERY foo=bar keyword=x', true), 'query')
  assert.equal(asks('QUERY foo=bar', true), 'refuse')
})

test('query protocol: a search without an answer says why, with limit and remedy', () => {
  assert.equal(scanRefusal({status: 'busy', waiting: 16}), 'ERROR: Server busy, 16 queries waiting. Retry in 1 s\n')
  assert.equal(
    scanRefusal({status: 'late', deadlineMs: 5000}),
    'ERROR: Query timed out after 5000 ms; narrow time_from/time_to or add a keyword\n'
  )
  assert.equal(
    scanRefusal({status: 'too-large', bytesMax: 128 << 20}),
    'ERROR: Answer larger than 128 MiB; narrow time_from/time_to or add a keyword\n'
  )
  assert.equal(scanRefusal({status: 'broken', reason: 'EOOM'}), 'ERROR: Search failed\n  EOOM\n')
  assert.equal(scanRefusal({status: 'closed'}), 'ERROR: Server is shutting down\n')
})
