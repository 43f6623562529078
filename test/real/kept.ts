import assert from 'node:assert/strict'
import {connect} from 'node:net'
import {join} from 'node:path'
import {text} from 'node:stream/consumers'
import {NumberedSender} from '../cli/numbered.ts'
import type {Place} from '../cli/run.ts'
import {ask, deliver, type Served} from '../cli/serving.ts'

/** What a log server has kept, and what it says of itself. */

/** Every line that is kept in a data folder, as it was sent, each with an LF behind it. */
export async function linesOf(at: Pick<Place, 'run'>, data: string): Promise<string> {
  const {code, stdout, stderr} = await at.run(['server', 'wal', 'export', '--data-dir', data, '--format', 'text'])
  assert.equal(code, 0, stderr)
  return stdout
}

export interface Health {
  readonly status: string
  readonly reasons: readonly string[]
}

export async function healthOf({ports}: Pick<Served, 'ports'>): Promise<Health> {
  const answer = await ask(ports.http, 'GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n')
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as Health
}

/**
 * As while a backup is made: from now on nothing of the log goes away to make room. There has to be something that the
 * backup is made of: returns the sender of one line.
 */
export async function keepAll({ports}: Pick<Served, 'ports'>, data: string): Promise<NumberedSender> {
  const first = new NumberedSender('first', 'commit')
  await deliver(ports.log, 'first 1 .\n')
  first.acknowledged = 1
  const control = connect(join(data, 'control.sock'))
  control.end('{"do":"checkpoint","ttl_ms":3600000}\n')
  const answer = JSON.parse(await text(control)) as {readonly ok: boolean}
  assert.ok(answer.ok, JSON.stringify(answer))
  return first
}

/**
 * As `holdPromises`, where the oldest lines may be gone: of each sender all from some number on are there, once, in
 * order, up to those that were promised at least. Returns the first number that is there of each.
 */
export function holdNewest(stored: string, senders: readonly NumberedSender[]): readonly number[] {
  const first = new Map<string, number>()
  const last = new Map<string, number>()
  for (const line of stored.split('\n').slice(0, -1)) {
    const [session = '', word = ''] = line.split(' ', 2)
    const number = Number(word)
    if (!first.has(session)) first.set(session, number)
    else assert.equal(number, (last.get(session) ?? 0) + 1, line)
    last.set(session, number)
  }
  return senders.map(({session, acknowledged}) => {
    const kept = last.get(session) ?? 0
    assert.ok(kept >= acknowledged, `${session}: ${acknowledged} promised, ${kept} kept`)
    return first.get(session) ?? 0
  })
}
