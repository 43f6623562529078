import {Socket} from 'node:net'

/**
 * The one area of memory that all sockets are read into, one after the other. Whoever is told of bytes in it has done
 * with them when it returns: the next read overwrites them.
 */
export type InputArea = Uint8Array

/**
 * `in-place`: the kernel writes into the area itself. `copied`: through the `data` events that every version of Node
 * has, at twice the work, and with a chunk of up to 64 KiB a socket that comes after `pause()`.
 */
export type IntakeWay = 'in-place' | 'copied'

export interface Intake {
  readonly input: InputArea
  readonly way: IntakeWay
  /** So many bytes lie at the beginning of the area. Returns false when no more is wanted before `resume()`. */
  readonly onBytes: (bytes: number) => boolean
}

/** Begins to read an accepted socket, and returns the one that is to be used from now on: it need not be the same. */
export function takeIn(accepted: Socket, intake: Intake): Socket {
  const handle = intake.way === 'in-place' ? handleOf(accepted) : undefined
  return handle === undefined ? takeCopies(accepted, intake) : takeInPlace(accepted, handle, intake)
}

interface Wrapper {
  _handle?: unknown
}

/**
 * What Node keeps of the system's socket. Only a socket that is made anew can be given a buffer of ours to read into,
 * and what that needs of the accepted one is not documented: where it is not as we know it, there is the other way.
 */
function handleOf(accepted: Socket): object | undefined {
  const {_handle: handle} = accepted as Wrapper
  if (typeof handle !== 'object' || handle === null) return undefined
  return 'useUserBuffer' in handle && 'readStart' in handle && 'readStop' in handle ? handle : undefined
}

function takeInPlace(accepted: Socket, handle: object, {input, onBytes}: Intake): Socket {
  const wrapper = accepted as Wrapper
  wrapper._handle = null
  // The server then no longer counts the empty wrapper among its connections.
  accepted.destroy()
  const options = {handle, allowHalfOpen: true, onread: {buffer: input, callback: onBytes}}
  return new Socket(options as ConstructorParameters<typeof Socket>[0])
}

function takeCopies(accepted: Socket, {input, onBytes}: Intake): Socket {
  accepted.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; at += input.length) {
      const part = chunk.subarray(at, at + input.length)
      input.set(part)
      if (!onBytes(part.length)) accepted.pause()
    }
  })
  return accepted.resume()
}
