import {createServer, type Socket} from 'node:net'
import type {TestContext} from 'node:test'
import {start} from '../fixtures/network-servers.ts'
import {seeded} from '../sim/random.ts'
import {LossyServer, type ServerEnd} from './lossy-server.ts'

/** The lossy server behind a real port, with a disk that catches up a hundred times a second unless it is held. */
export interface SessionPeer {
  readonly port: number
  readonly to: string
  readonly server: LossyServer
  isHeld: boolean
  /** Breaks every connection; a server that crashes forgets what was not acknowledged, too. */
  breakOff(): void
  crash(): void
  /** Puts words of its own into every connection. */
  say(text: string): void
}

interface Line {
  readonly socket: Socket
  readonly end: ServerEnd
}

const commitMs = 10
const pieceBytes = 1 << 16

export async function startSessions(t: TestContext, durability: 'commit' | 'none' = 'commit'): Promise<SessionPeer> {
  const server = new LossyServer(seeded(1), durability)
  const lines = new Set<Line>()
  const port = await start(
    t,
    createServer({allowHalfOpen: true}, (socket) => {
      serve({socket, end: server.accept()}, lines)
    })
  )
  const peer: SessionPeer = {
    port,
    to: `127.0.0.1:${port}`,
    server,
    isHeld: false,
    breakOff() {
      for (const {socket} of lines) socket.destroy()
    },
    crash() {
      peer.breakOff()
      server.crash()
    },
    say(text) {
      for (const {socket} of lines) socket.write(text)
    }
  }
  const ticking = setInterval(() => {
    if (!peer.isHeld) server.commit()
    for (const line of lines) flush(line)
  }, commitMs)
  t.after(() => {
    clearInterval(ticking)
  })
  return peer
}

function serve(line: Line, lines: Set<Line>): void {
  const {socket, end} = line
  lines.add(line)
  socket.on('data', (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; at += pieceBytes) end.hear(bytes.subarray(at, at + pieceBytes))
    flush(line)
  })
  socket.on('end', () => {
    end.close()
    flush(line)
  })
  socket.on('close', () => {
    lines.delete(line)
    end.isOpen = false
  })
}

function flush({socket, end}: Line): void {
  for (const words of end.said.splice(0)) socket.write(words)
  if (!end.isOpen && socket.writable) socket.end()
}
