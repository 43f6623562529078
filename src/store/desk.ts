import type {Checksum} from './checksum.ts'
import {createKernel, createMemory, type Kernel} from './kernel.ts'
import {cells, controlAt, layoutOf} from './layout.ts'

/** Memory that files are read into, with the kernel at hand to sum up what is in it: as fast as it can be read. */
export interface Desk {
  /** A whole frame fits with ease. Begins at a multiple of 4. */
  readonly area: Uint8Array
  /** Of `area[at, at + bytes)`. */
  sum(at: number, bytes: number, seed: Checksum): Checksum
}

/** So much of the shared memory of a store is used as a desk. */
export interface DeskPlace {
  readonly at: number
  readonly bytes: number
}

export function deskIn(memory: Uint8Array, kernel: Kernel, {at: deskAt, bytes: deskBytes}: DeskPlace): Desk {
  const control = new Int32Array(memory.buffer, memory.byteOffset + controlAt)
  return {
    area: memory.subarray(deskAt, deskAt + deskBytes),
    sum(at, bytes, {low, high}) {
      kernel.checksum(deskAt + at, bytes, low, high)
      return {low: control[cells.sumLow]! >>> 0, high: control[cells.sumHigh]! >>> 0}
    }
  }
}

/** For whoever looks at a log and has no store. */
export function openDesk(): Desk {
  return openBench(1).desk
}

/** A desk beside the memory that a log writes from. */
export interface Bench {
  readonly desk: Desk
  readonly kernel: Kernel
  readonly arena: Uint8Array<SharedArrayBuffer>
}

export function openBench(arenaBytes: number): Bench {
  const layout = layoutOf({ringLines: 1, ringBytes: arenaBytes, lineBytesMax: 1})
  const shared = createMemory(layout)
  const kernel = createKernel(shared, layout)
  const memory = new Uint8Array(shared.buffer)
  const desk = deskIn(memory, kernel, {at: layout.scratchAt, bytes: layout.scratchBytes})
  return {desk, kernel, arena: memory.subarray(layout.arenaAt, layout.arenaAt + layout.arenaBytes)}
}
