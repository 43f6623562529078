import {createKernel, createMemory, type Kernel} from '../../src/store/kernel.ts'
import {layoutOf, type Layout} from '../../src/store/layout.ts'

/** A ring in shared memory and what writes into it, without a server around it. */
export interface FilledRing {
  readonly memory: WebAssembly.Memory
  readonly layout: Layout
  /** Each is one record, whatever it holds. */
  put(contents: readonly (string | Uint8Array)[], arrivalMs?: number, flags?: number): void
}

export interface RingSize {
  readonly ringLines?: number
  readonly ringBytes?: number
}

export function filledRing({ringLines = 1000, ringBytes = 1 << 20}: RingSize = {}): FilledRing {
  const layout = layoutOf({ringLines, ringBytes, lineBytesMax: 65_536})
  const memory = createMemory(layout)
  const kernel: Kernel = createKernel(memory, layout)
  const bytes = Buffer.from(memory.buffer)
  return {
    memory,
    layout,
    put(contents, arrivalMs = 0, flags = 0) {
      for (const content of contents) {
        const length = Buffer.from(content).copy(bytes, layout.inputAt)
        kernel.takeRecord(layout.inputAt, length, arrivalMs, 0, flags)
      }
    }
  }
}
