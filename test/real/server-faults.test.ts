import assert from 'node:assert/strict'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {holdPromises, NumberedSender} from '../cli/numbered.ts'
import {place, type Place} from '../cli/run.ts'
import {serve, until, type Served} from '../cli/serving.ts'
import {holdNewest, keepAll, linesOf} from './kept.ts'
import {callsIn, straceObstacle, traced, type Call} from './syscalls.ts'

/** System calls with which the log server writes fail, or are its last, at chosen numbers. */

const skip = straceObstacle()
const isLong = process.env['LONG'] === '1'
const writes = 'pwrite64,pwritev'
const syncs = 'fsync,fdatasync'

const failures = [
  {calls: writes, error: 'ENOSPC', count: 1, why: 'full'},
  {calls: writes, error: 'EIO', count: 1, why: 'error'},
  {calls: syncs, error: 'EIO', count: 1, why: 'error'},
  // Several in a row of each thread: the first attempts to go on fail, too.
  {calls: writes, error: 'ENOSPC', count: 3, why: 'full'},
  {calls: syncs, error: 'EIO', count: 5, why: 'error'}
] as const

for (const {calls, error, count, why} of failures) {
  const numbers = isLong ? span(8, 48) : [12]
  test(
    `server: ${error} at ${calls}, ${count} times: no false promise, and it goes on in another file`,
    {skip},
    async (t) => {
      for (const number of numbers) await meet(t, `${calls}:error=${error}:when=${number}..${number + count - 1}`, why)
    }
  )
}

for (const calls of [writes, syncs]) {
  const numbers = isLong ? span(1, 60) : [1, 2, 3, 5, 13]
  test(`server: killed at its nth ${calls}: loses no acknowledged line and doubles none`, {skip}, async (t) => {
    const at = place(t)
    const data = join(at.folder, 'data')
    const senders = sendersOf(t)
    for (const number of numbers) {
      const under = traced(at, '/dev/null', `${calls}:signal=SIGKILL:when=${number}`)
      const server = await servedOrKilled(under, data)
      if (server === undefined) continue
      // It may go while they come.
      await Promise.allSettled(senders.map((sender) => sender.connect(server.ports.log)))
      assert.equal((await server.started.ended).signal, 'SIGKILL')
      await Promise.all(senders.map((sender) => sender.closed()))
    }
    holdPromises(await linesOf(at, data), senders)
    assert.ok(senders.every(({acknowledged}) => acknowledged > 0))
  })
}

async function meet(t: TestContext, inject: string, why: string): Promise<void> {
  const at = place(t)
  const data = join(at.folder, 'data')
  const file = at.file('trace', '')
  // Segments of 1 MiB, so that what makes the next one ready is met as well.
  const server = await serve(traced(at, file, inject), ['--data-dir', data, '--retain-bytes', '8MiB'])
  t.after(() => server.started.child.kill('SIGKILL'))
  const first = await keepAll(server, data)
  const senders = sendersOf(t)
  await Promise.all(senders.map((sender) => sender.connect(server.ports.log)))
  await until(() => Promise.resolve(callsIn(file).some((call) => call.error !== undefined)))
  const now = senders.map(({acknowledged}) => acknowledged)
  await until(() => Promise.resolve(senders.every(({acknowledged}, index) => acknowledged > (now[index] ?? 0) + 1000)))
  const {code, stderr} = await server.end('SIGTERM')
  assert.equal(code, 0, stderr)
  await Promise.all(senders.map((sender) => sender.closed()))
  const lines = await linesOf(at, data)
  // Where there is no room, the oldest lines go, even while they are copied.
  if (why === 'full') holdNewest(lines, senders)
  else holdPromises(lines, [first, ...senders])
  for (const {code, values} of server.notices()) if (code === 'wal-stuck') assert.equal(values['why'], why)
  holdDistrust(callsIn(file))
}

/** What could not be written or synced once is not written or synced again: the system may take lost bytes for written. */
function holdDistrust(calls: readonly Call[]): void {
  const failed = calls.filter(({error}) => error !== undefined)
  assert.ok(failed.length > 0)
  for (const {name, descriptor, path, ended} of failed) {
    const later = calls.filter((call) => call.begun > ended && call.descriptor === descriptor)
    const next = later.find((call) => call.name !== 'write')
    assert.ok(
      next === undefined || next.name === 'close' || next.path !== path,
      `${name} of ${path}, then ${next?.name ?? ''}`
    )
  }
}

function sendersOf(t: TestContext): readonly NumberedSender[] {
  const senders = ['a', 'b', 'c'].map((session) => new NumberedSender(session, 'commit'))
  t.after(() => {
    for (const sender of senders) sender.destroy()
  })
  return senders
}

/** Undefined when it was killed before it could be asked. */
async function servedOrKilled(at: Place, data: string): Promise<Served | undefined> {
  try {
    return await serve(at, ['--data-dir', data])
  } catch (cause) {
    // Nothing but notices: it has not failed by itself.
    assert.match(String(cause), /did not start: (\{.*\n)*$/)
    return undefined
  }
}

function span(from: number, to: number): readonly number[] {
  return Array.from({length: to - from}, (_, index) => from + index)
}
