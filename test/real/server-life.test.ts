import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {holdPromises, NumberedSender} from '../cli/numbered.ts'
import {place, type Place} from '../cli/run.ts'
import {deliver, serve, until, type Served} from '../cli/serving.ts'
import {Flood} from './flood.ts'
import {linesOf} from './kept.ts'

/** How a log server starts that has kept much, and how one stops that has much to do. */

test('server: told to stop by SIGTERM under the load of fifty, it stores what it took, says goodbye, and ends with 0', async (t) => {
  const at = place(t)
  const data = join(at.folder, 'data')
  const server = await served(t, at, ['--data-dir', data])
  const senders = Array.from({length: 40}, (_, index) => new NumberedSender(`s${index}`, 'commit'))
  await Promise.all(senders.map((sender) => sender.connect(server.ports.log)))
  const floods = await Promise.all(Array.from({length: 10}, () => Flood.raw(server.ports.log)))
  t.after(() => {
    for (const client of [...senders, ...floods]) client.destroy()
  })
  await until(() => Promise.resolve(senders.every(({acknowledged}) => acknowledged > 1000)))
  const sentMs = Date.now()
  const {code, stderr} = await server.end('SIGTERM')
  assert.equal(code, 0, stderr)
  assert.ok(Date.now() - sentMs < drainMsMax)
  await Promise.all(senders.map((sender) => sender.closed()))
  for (const {session, acknowledged, lastWords} of senders) {
    assert.match(lastWords.join('\n'), new RegExp(`^ACK ${acknowledged}\n-ERR SHUTDOWN `), session)
  }
  const lines = (await linesOf(at, data)).split('\n')
  holdPromises(lines.filter((line) => !line.startsWith(Flood.line)).join('\n'), senders)
  const unstored = server.notices().find((notice) => notice.code === 'server-stopped')
  assert.equal(unstored?.values['isKept'], true)
})

test('server: however much is kept, a start reads the newest of it alone', {skip: accountingObstacle()}, async (t) => {
  const at = place(t)
  const bare = await served(t, at, ['--data-dir', join(at.folder, 'bare')])
  const programBytes = readBytes(bare)
  const data = join(at.folder, 'data')
  // Eight segments.
  const argv = ['--data-dir', data, '--retain-bytes', `${8 * segmentBytes}`]
  const before = await served(t, at, argv)
  const piece = 'a line of which there are very many, as they usually are\n'.repeat(100_000)
  for (let bytes = 0; bytes < 7.5 * segmentBytes; bytes += piece.length) await deliver(before.ports.log, piece)
  await before.end('SIGKILL')
  const server = await served(t, at, argv)
  const bytes = readBytes(server) - programBytes
  assert.ok(bytes > segmentBytes / 2, `${bytes} bytes are less than there is in the newest`)
  // It is looked through, taken into memory, and after a kill written again.
  assert.ok(bytes < 3 * segmentBytes + (2 << 20), `${bytes} bytes were read`)
})

// The usual ten seconds for what was taken, and what a busy machine needs beyond.
const drainMsMax = 20_000
const segmentBytes = process.env['LONG'] === '1' ? 64 << 20 : 16 << 20

function accountingObstacle(): string | false {
  try {
    readFileSync('/proc/self/io')
    return false
  } catch {
    return 'needs a kernel that counts what processes read'
  }
}

/** By itself, whether from the disk or from memory. */
function readBytes({pid}: Served): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1])
}

async function served(t: TestContext, at: Place, argv: readonly string[]): Promise<Served> {
  const server = await serve(at, argv)
  t.after(() => server.started.child.kill('SIGKILL'))
  return server
}
