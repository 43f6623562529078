import assert from 'node:assert/strict'
import type {TestContext} from 'node:test'
import {startSessions, type SessionPeer} from '../server/session-peer.ts'
import {documentIn, place, type Document, type Given, type Place, type Ran} from './run.ts'

/** `logcaster send` to one server. */
export interface Sender {
  readonly send: (argv: readonly string[], given?: Given) => Promise<Ran>
  /** With `--json`; the exit code of the process is held against the one in the document. */
  readonly json: (argv: readonly string[], given?: Given) => Promise<Document>
}

export function senderTo(at: Place, to: string): Sender {
  const send = (argv: readonly string[], given?: Given): Promise<Ran> => at.run(['send', ...argv, '--to', to], given)
  return {
    send,
    async json(argv, given) {
      const ran = await send([...argv, '--json'], given)
      const document = documentIn(ran)
      assert.equal(ran.code, document.exit_code)
      return document
    }
  }
}

export interface Stage extends Sender {
  readonly at: Place
  readonly peer: SessionPeer
}

export async function stage(t: TestContext, durability: 'commit' | 'none' = 'commit'): Promise<Stage> {
  const [at, peer] = [place(t), await startSessions(t, durability)]
  return {at, peer, ...senderTo(at, peer.to)}
}

/** What a file holds in most of these tests. */
export const lines = Array.from({length: 1000}, (_, at) => `line ${at}\n`).join('')
