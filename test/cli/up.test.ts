import assert from 'node:assert/strict'
import {once} from 'node:events'
import {existsSync, readFileSync} from 'node:fs'
import {createServer, type Server} from 'node:net'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {documentIn, place, type Place, type Ran, type Started} from './run.ts'
import {ask, deliver, freePorts, until} from './serving.ts'

/** Without what this machine is like, which is for the tests of the checks. */
const quiet = {LOGCASTER_CHECKS_DEADLINE: '5s'}

interface Up {
  readonly started: Started
  printed(): string
  /** Where it says that it listens. */
  port(name: 'lines on' | 'queries on' | 'HTTP on'): number
  end(signal: NodeJS.Signals): Promise<Ran>
}

/** Up, with its first check behind it. */
async function up(t: TestContext, at: Place, argv: readonly string[] = []): Promise<Up> {
  const started = at.start(['up', ...argv], {env: quiet})
  t.after(() => started.child.kill('SIGKILL'))
  let printed = ''
  started.child.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  await until(() => {
    if (started.child.exitCode !== null) throw new Error(`it ended: ${printed}`)
    return Promise.resolve(/^daily-check: /m.test(printed))
  })
  return {
    started,
    printed: () => printed,
    // A long line is broken for the screen.
    port: (name) => Number(new RegExp(`${name} [\\d.]+:(\\d+)`).exec(printed.replaceAll(/\s+/g, ' '))?.[1]),
    end: (signal) => {
      started.child.kill(signal)
      return started.ended
    }
  }
}

/** Holds a port for as long as the test lasts; whoever else holds it does as well. */
async function hold(t: TestContext, port: number): Promise<void> {
  const server: Server = createServer()
  const settled = new Promise<void>((resolve) => {
    server.once('error', () => {
      resolve()
    })
    server.listen(port, '127.0.0.1', resolve)
  })
  t.after(() => server.close())
  await settled
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`up: a server with its addresses and a first check, which ends with 0 at ${signal}`, async (t) => {
    const at = place(t)
    const running = await up(t, at)
    const lines = running.port('lines on')
    await deliver(lines, 'hello\n')
    assert.match(await ask(running.port('queries on'), 'QUERY keyword=hello\n'), /^FOUND: 1 matches\n/)
    assert.match(running.printed(), /^runs until Ctrl-C$/m)
    // The ports that were checked are those of this server.
    assert.match(running.printed(), new RegExp(`^  OK +port\\.ingest +127\\.0\\.0\\.1:${lines} answers /health`, 'm'))
    assert.match(running.printed(), /^  OK +port\.query /m)
    assert.match(running.printed(), /^  OK +port\.health /m)
    const {code, stdout, stderr} = await running.end(signal)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /\nstopped; 1 record taken, all of them stored\n$/)
    assert.ok(existsSync(join(at.state, 'server/wal')))
  })
}

test('up: what was taken is still there the next time', async (t) => {
  const at = place(t)
  const first = await up(t, at)
  await deliver(first.port('lines on'), 'kept\n')
  await first.end('SIGINT')
  const second = await up(t, at)
  assert.match(await ask(second.port('queries on'), 'QUERY keyword=kept\n'), /^FOUND: 1 matches\n/)
  assert.equal((await second.end('SIGINT')).code, 0)
})

test('up: a usual port that is taken is told with its holder, and the next free one is used', async (t) => {
  await hold(t, 9999)
  const at = place(t)
  const running = await up(t, at)
  const port = running.port('lines on')
  assert.ok(port > 9999, String(port))
  await deliver(port, 'elsewhere\n')
  const {stderr} = await running.end('SIGINT')
  assert.match(stderr, new RegExp(`^warning: port 9999 is taken( by .+ \\(\\d+\\))?; ${port} is used instead$`, 'm'))
})

test('up: two ports that make way do not make way to the same', async (t) => {
  await hold(t, 9998)
  const running = await up(t, place(t))
  const ports = [running.port('lines on'), running.port('queries on'), running.port('HTTP on')]
  assert.equal(new Set(ports).size, 3, ports.join(' '))
  assert.equal((await running.end('SIGINT')).code, 0)
})

test('up: a port that somebody has chosen is not exchanged for another', async (t) => {
  const [port = 0] = await freePorts(1)
  await hold(t, port)
  const at = place(t)
  const flag = await at.run(['up', '--log-port', String(port)])
  assert.equal(flag.code, 69, flag.stderr)
  const setting = await at.run(['up', '--set', `server.http_port=${port}`])
  assert.equal(setting.code, 69, setting.stderr)
  assert.match(setting.stderr, new RegExp(`127\\.0\\.0\\.1:${port} cannot be listened on: .+ \\(${process.pid}\\)`))
})

test('up: --json is one document at the end, with the checks in it', async (t) => {
  const at = place(t)
  const file = join(at.folder, 'ports')
  const any = ['--log-port', '0', '--query-port', '0', '--http-port', '0']
  const {child, ended} = at.start(['up', '--json', ...any, '--port-file', file], {env: quiet})
  await until(() => Promise.resolve(existsSync(file)))
  const {log} = JSON.parse(readFileSync(file, 'utf8')) as {readonly log: number}
  // The check of the port is one connection to it.
  const health = async (): Promise<string> => ask(log, 'GET /health HTTP/1.0\r\n\r\n')
  assert.match(await health(), /"status":"healthy"/)
  await until(() => Promise.resolve(existsSync(join(at.state, 'daily-check.json'))))
  child.kill('SIGTERM')
  const document = documentIn(await ended)
  assert.deepEqual([document.schema, document.exit_code, document.status], ['logcaster.up/1', 0, 'done'])
  const {id, status} = document.checks.find((check) => check.id === 'port.ingest') ?? {}
  assert.deepEqual([id, status], ['port.ingest', 'ok'])
  assert.deepEqual(Object.keys(document['ports'] as object), ['log', 'query', 'http'])
})

test('up: told to stop while it still starts, it stops', async (t) => {
  const at = place(t)
  const {child, ended} = at.start(['up', '--log-port', '0', '--query-port', '0', '--http-port', '0'], {env: quiet})
  const {stderr} = child
  assert.ok(stderr !== null)
  await Promise.race([once(stderr, 'data'), new Promise((resolve) => setTimeout(resolve, 400))])
  child.kill('SIGTERM')
  const {code, signal} = await ended
  // Before anything of ours runs, Node itself ends.
  assert.ok(code === 0 || signal === 'SIGTERM', String(code))
})

test('up: in Korean it speaks Korean', async (t) => {
  const at = place(t)
  const {child, ended} = at.start(['up', '--lang', 'ko', '--log-port', '0', '--query-port', '0', '--http-port', '0'])
  assert.ok(child.stdout !== null)
  const [first] = (await once(child.stdout, 'data')) as [Buffer]
  assert.match(first.toString(), /듣는 곳: 로그 127\.0\.0\.1:\d+/)
  child.kill('SIGINT')
  assert.equal((await ended).code, 0)
})
