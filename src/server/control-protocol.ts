import {reasonOf} from '../base/fault.ts'
import {isRecord} from '../base/record.ts'

/** What is kept on disk, as far as orders concern it. */
export interface ControlledLog {
  /** What the answer says. */
  checkpoint(ttlMs: number): Promise<object>
  release(lease: string): boolean
  /** The sequence with which the new segment begins. */
  reopen(): Promise<number>
}

/** Who carries the orders out. */
export interface ControlDesk {
  /** Undefined where nothing is kept on disk. */
  readonly log: ControlledLog | undefined
  /** What `/health` says. */
  status(): object
}

export type ControlAnswer =
  | {readonly ok: true; readonly [key: string]: unknown}
  | {readonly ok: false; readonly error: {readonly code: ControlError; readonly message: string}}

export type ControlError = 'bad-json' | 'unknown-order' | 'bad-value' | 'no-data-dir' | 'unknown-lease' | 'failed'

/** A lease that nobody releases pins segments: longer than a day, and its backup was forgotten. */
const ttlMsMax = 24 * 60 * 60 * 1000

/** One JSON object in, one out: `{"do":"checkpoint","ttl_ms":60000}` and `{"ok":true,…}`. Never throws. */
export async function answerControl(line: string, desk: ControlDesk): Promise<ControlAnswer> {
  try {
    const order: unknown = JSON.parse(line)
    return isRecord(order) ? await carryOut(order, desk) : refused('bad-json', 'an order is one JSON object')
  } catch (cause) {
    if (cause instanceof SyntaxError) return refused('bad-json', 'an order is one JSON object')
    return refused('failed', reasonOf(cause))
  }
}

type Order = Readonly<Record<string, unknown>>

async function carryOut(order: Order, desk: ControlDesk): Promise<ControlAnswer> {
  const word = order['do']
  if (word === 'status') return {ok: true, ...desk.status()}
  const work = typeof word === 'string' ? works.get(word) : undefined
  if (work === undefined) {
    return refused('unknown-order', `"do" is one of ${[...works.keys(), 'status'].join(', ')}`)
  }
  if (desk.log === undefined) return refused('no-data-dir', 'nothing is kept on disk: there is no --data-dir')
  return work(order, desk.log)
}

type Work = (order: Order, log: ControlledLog) => ControlAnswer | Promise<ControlAnswer>

const works = new Map<string, Work>([
  ['checkpoint', checkpoint],
  ['release', release],
  ['reopen', reopen]
])

async function checkpoint(order: Order, log: ControlledLog): Promise<ControlAnswer> {
  const ttlMs = order['ttl_ms']
  if (!isInteger(ttlMs) || ttlMs < 1 || ttlMs > ttlMsMax) {
    return refused('bad-value', `"ttl_ms" is a whole number from 1 to ${ttlMsMax}`)
  }
  return {ok: true, ...(await log.checkpoint(ttlMs))}
}

function release(order: Order, log: ControlledLog): ControlAnswer {
  const lease = order['lease']
  if (typeof lease !== 'string') return refused('bad-value', '"lease" is what a checkpoint has answered')
  return log.release(lease)
    ? {ok: true}
    : refused('unknown-lease', 'no such lease: it was released, or its time is over')
}

async function reopen(_order: Order, log: ControlledLog): Promise<ControlAnswer> {
  return {ok: true, seq: await log.reopen()}
}

function refused(code: ControlError, message: string): ControlAnswer {
  return {ok: false, error: {code, message}}
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
