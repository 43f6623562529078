import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {documentIn, lacking, place, type Place} from '../cli/run.ts'
import {serve, statsOf, until, type Served} from '../cli/serving.ts'
import {logSenders, type Sender} from './log-senders.ts'
import {wireTo} from './wire.ts'

/** Programs that send logs, as they are: what the log server has kept of each is byte for byte what it sent. */

const messages = ['the first of them', 'ERROR: the second: 한글 \u{1f600}', 'x'.repeat(900), 'the last one']

for (const sender of logSenders()) {
  test(`${sender.name}: every record is kept as it was sent`, {skip: sender.obstacle}, async (t) => {
    const log = await logOf(t)
    const wire = await wireTo(log.server.ports.log)
    const {folder} = log.at
    const file = log.at.file('messages', `${messages.join('\n')}\n`)
    const child = sender.start(wire.port, {folder, file, messages})
    t.after(() => child.kill('SIGKILL'))
    await until(async () => (await totalOf(log)) >= messages.length)
    child.kill()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
    await wire.close()
    const records = framings[sender.framing](wire.sent())
    assert.equal(records.length, messages.length)
    for (const [index, record] of records.entries()) assert.ok(String(record).includes(messages[index] ?? '?'))
    await holdKept(
      log,
      records.map((bytes) => ({bytes, flags: []}))
    )
  })
}

// CR LF, an empty line, bytes that are no text, a NUL, and no end.
const rough = Buffer.from('one\r\n\ntwo \xff\xfe two\nthree\0three\n  four\r\r\nthe end', 'latin1')
const roughRecords = [
  {bytes: Buffer.from('one'), flags: []},
  {bytes: Buffer.from('two \xff\xfe two', 'latin1'), flags: ['invalid_utf8']},
  {bytes: Buffer.from('three\0three'), flags: []},
  {bytes: Buffer.from('  four\r'), flags: []},
  {bytes: Buffer.from('the end'), flags: ['partial']}
]

const pipes = [
  {name: 'nc', obstacle: lacking('nc'), argv: (port: number): string[] => ['nc', '-N', '127.0.0.1', `${port}`]},
  {
    name: 'nc of busybox',
    obstacle: lacking('busybox'),
    argv: (port: number): string[] => ['busybox', 'nc', '127.0.0.1', `${port}`]
  },
  {
    name: '/dev/tcp of bash',
    obstacle: lacking('bash'),
    argv: (port: number): string[] => ['bash', '-c', `exec 3<> /dev/tcp/127.0.0.1/${port}; cat >&3`]
  }
]

for (const {name, obstacle, argv} of pipes) {
  test(`${name}: what is piped into it is kept as it is`, {skip: obstacle}, async (t) => {
    const log = await logOf(t)
    const [program = '', ...args] = argv(log.server.ports.log)
    const {status} = spawnSync(program, args, {input: rough, timeout: 30_000})
    assert.equal(status, 0)
    await until(async () => (await totalOf(log)) >= roughRecords.length)
    await holdKept(log, roughRecords)
  })
}

test('curl: /health of every port is answered and not kept', {skip: lacking('curl')}, async (t) => {
  const log = await logOf(t)
  const {log: lines, query, http} = log.server.ports
  for (const port of [lines, query, http]) {
    const {status, stdout} = spawnSync('curl', ['-s', '-f', `http://127.0.0.1:${port}/health`], {encoding: 'utf8'})
    assert.equal(status, 0, `port ${port}`)
    const health = JSON.parse(stdout) as Readonly<Record<string, unknown>>
    assert.deepEqual([health['status'], health['logs_processed']], ['healthy', 0])
  }
  assert.equal(await totalOf(log), 0)
})

test('daily-check: of a server that runs, all ports are well, and nothing is kept of it', async (t) => {
  const log = await logOf(t)
  const {log: lines, query, http} = log.server.ports
  const settings = ['server:', 'host: 127.0.0.1', `log_port: ${lines}`, `query_port: ${query}`, `http_port: ${http}`]
  const config = log.at.file('server.yaml', `${settings.join('\n  ')}\n`)
  const {checks} = documentIn(await log.at.run(['daily-check', '--json', '--config', config]))
  const ports = checks.filter(({id}) => id.startsWith('port.'))
  assert.deepEqual(
    ports.map(({id, status, code}) => [id, status, code]),
    ['port.ingest', 'port.query', 'port.health'].map((id) => [id, 'ok', 'port-answers'])
  )
  assert.equal(await totalOf(log), 0)
})

interface Log {
  readonly at: Place
  readonly data: string
  readonly server: Served
}

async function logOf(t: TestContext): Promise<Log> {
  const at = place(t)
  const data = join(at.folder, 'data')
  const server = await serve(at, ['--data-dir', data])
  t.after(() => server.started.child.kill('SIGKILL'))
  return {at, data, server}
}

const framings: Readonly<Record<Sender['framing'], (sent: Buffer) => readonly Buffer[]>> = {
  line: (sent) => splitAt(sent, 0x0a),
  nul: (sent) => splitAt(sent, 0),
  count: byCount
}

/** All of it are records with an end. */
function splitAt(sent: Buffer, end: number): readonly Buffer[] {
  const records: Buffer[] = []
  for (let from = 0; from < sent.length;) {
    const to = sent.indexOf(end, from)
    assert.notEqual(to, -1)
    records.push(sent.subarray(from, to))
    from = to + 1
  }
  return records
}

/** Some count the end of the line, too, which is not part of the record. */
function byCount(sent: Buffer): readonly Buffer[] {
  const records: Buffer[] = []
  for (let at = 0; at < sent.length;) {
    const blank = sent.indexOf(' ', at)
    const to = blank + 1 + Number(sent.toString('latin1', at, blank))
    assert.ok(to <= sent.length)
    records.push(sent.subarray(blank + 1, sent[to - 1] === 0x0a ? to - 1 : to))
    at = to
  }
  return records
}

interface Expected {
  readonly bytes: Buffer
  readonly flags: readonly string[]
}

/** As text and as JSON, and nothing else. */
async function holdKept(log: Log, expected: readonly Expected[]): Promise<void> {
  assert.equal((await log.server.end('SIGTERM')).code, 0)
  const text = await exported(log, 'text')
  assert.deepEqual(text, Buffer.concat(expected.flatMap(({bytes}) => [bytes, Buffer.from('\n')])))
  const lines = String(await exported(log, 'json')).split('\n')
  assert.equal(lines.pop(), '')
  const records = lines.map((line) => JSON.parse(line) as StoredRecord)
  assert.deepEqual(
    records.map(({seq, msg, src, flags}) => ({seq, msg, src, flags})),
    expected.map(({bytes, flags}, index) => ({seq: 1 + index, msg: String(bytes), src: '127.0.0.1', flags}))
  )
}

interface StoredRecord {
  readonly seq: number
  readonly msg: string
  readonly src: string
  readonly flags: readonly string[]
}

async function exported({at, data}: Log, format: string): Promise<Buffer> {
  const argv = ['server', 'wal', 'export', '--data-dir', data, '--format', format]
  const {code, stderr} = await at.run(argv, {redirect: '> exported'})
  assert.equal(code, 0, stderr)
  return readFileSync(join(at.folder, 'exported'))
}

async function totalOf({server}: Log): Promise<number> {
  return (await statsOf(server))['Total'] ?? 0
}
