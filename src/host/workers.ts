import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {parentPort, Worker, workerData} from 'node:worker_threads'
import {reasonOf} from '../base/fault.ts'

/** Threads of our own: for work that may take long, must not hold up the others, and can be broken off at any moment. */
export interface Workers {
  /** Starts `<room>/<name>.ts`, of the sources or as built from them. What it is given is copied, but for shared memory. */
  start(file: WorkerFile, given: unknown): WorkerThread
}

export interface WorkerFile {
  readonly room: string
  readonly name: string
}

export interface WorkerThread {
  post(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  /** It is gone, told once: with the reason when it ended by itself. */
  onEnd(listener: (reason: string) => void): void
  /** Breaks off whatever it does, also a loop that never ends. */
  terminate(): Promise<void>
}

/** A scan needs little but the bytes it hands over; a thread that wants more than this is broken. */
const heapMebibytesMax = 256

export function realWorkers(): Workers {
  return {
    start(file, given) {
      const worker = new Worker(pathOf(file), {
        workerData: given,
        // Ours may be about the program that we were started with.
        execArgv: [],
        resourceLimits: {maxOldGenerationSizeMb: heapMebibytesMax}
      })
      return threadOf(worker)
    }
  }
}

/** The other end, inside the thread. */
export interface WorkerEnd {
  readonly given: unknown
  /** What the message hands over moves instead of being copied: it is no longer there for the sender. */
  post(message: unknown, handedOver: readonly ArrayBuffer[]): void
  onMessage(listener: (message: unknown) => void): void
}

export function workerEnd(): WorkerEnd {
  const port = parentPort
  if (port === null) throw new Error('bug: this file is only started as a worker')
  return {
    given: workerData,
    post(message, handedOver) {
      port.postMessage(message, handedOver)
    },
    onMessage(listener) {
      port.on('message', listener)
    }
  }
}

/** Beside us when built, in its room in a checkout. */
function pathOf({room, name}: WorkerFile): string {
  const built = join(import.meta.dirname, `${name}.cjs`)
  return existsSync(built) ? built : join(import.meta.dirname, '..', room, `${name}.ts`)
}

function threadOf(worker: Worker): WorkerThread {
  let reason = ''
  worker.on('error', (cause: unknown) => {
    reason = reasonOf(cause)
  })
  return {
    post(message) {
      worker.postMessage(message)
    },
    onMessage(listener) {
      worker.on('message', listener)
      // Whoever has nothing else to do may end, though an idle thread is still there. To listen undoes it.
      worker.unref()
    },
    onEnd(listener) {
      worker.once('exit', (code) => {
        listener(reason === '' ? `exit code ${code}` : reason)
      })
    },
    async terminate() {
      await worker.terminate()
    }
  }
}
