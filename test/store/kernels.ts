import assert from 'node:assert/strict'
import {createModel} from '../../src/store/kernel-model.ts'
import {createKernel, createMemory, type Kernel} from '../../src/store/kernel.ts'
import {cells, controlAt, entryBytes, layoutOf, type Layout} from '../../src/store/layout.ts'
import {RingReader} from '../../src/store/ring.ts'

/** A layout with a small arena, which wraps after a few lines. */
export function smallLayout(sizes: {ringLines: number; arenaBytes: number; lineBytesMax: number}): Layout {
  const {ringLines, lineBytesMax} = sizes
  return {...layoutOf({ringLines, lineBytesMax, ringBytes: sizes.arenaBytes}), arenaBytes: sizes.arenaBytes}
}

/** A memory of its own, and one of the two that work on it. */
export class Bench {
  readonly memory: WebAssembly.Memory
  readonly layout: Layout
  readonly kernel: Kernel
  readonly ring: RingReader
  readonly bytes: Buffer
  readonly control: Uint32Array

  constructor(layout: Layout, create = createKernel) {
    this.layout = layout
    this.memory = createMemory(layout)
    this.kernel = create(this.memory, layout)
    this.ring = new RingReader(this.memory, layout)
    this.bytes = Buffer.from(this.memory.buffer)
    this.control = new Uint32Array(this.memory.buffer, controlAt, cells.levels + 7)
  }

  cell(name: keyof typeof cells): number {
    return this.control[cells[name]]!
  }

  /** Puts the text where sockets read to, and takes its lines. */
  takeLines(text: string, origin: Partial<Taken> = {}): number {
    const {inputAt} = this.layout
    const bytes = this.bytes.write(text, inputAt, 'latin1')
    return this.kernel.takeLines(inputAt, inputAt + bytes, origin.arrivalMs ?? 0, origin.source ?? 0)
  }

  takeRecord(text: string, origin: Partial<Taken> = {}): void {
    const {inputAt} = this.layout
    const bytes = this.bytes.write(text, inputAt, 'latin1')
    this.kernel.takeRecord(inputAt, bytes, origin.arrivalMs ?? 0, origin.source ?? 0, origin.flags ?? 0)
  }

  /** Every record, the oldest first. */
  records(): string[] {
    const texts: string[] = []
    const {first, end} = this.ring
    for (let counter = first; counter !== end; counter = (counter + 1) >>> 0) {
      const bytes = this.ring.bytes(counter)
      assert.ok(bytes !== undefined, `record ${counter}`)
      texts.push(Buffer.from(bytes).toString('latin1'))
    }
    return texts
  }
}

interface Taken {
  readonly arrivalMs: number
  readonly source: number
  readonly flags: number
}

/** The kernel and its model side by side: whatever is done to both must leave the same memory behind. */
export class Pair {
  readonly kernel: Bench
  readonly model: Bench

  constructor(layout: Layout) {
    this.kernel = new Bench(layout)
    this.model = new Bench(layout, createModel)
  }

  do<Result>(action: (bench: Bench) => Result, where: string): Result {
    const result = action(this.kernel)
    assert.deepEqual(result, action(this.model), where)
    this.#compare(where)
    return result
  }

  #compare(where: string): void {
    const {layout} = this.kernel
    assert.deepEqual([...this.kernel.control], [...this.model.control], `control: ${where}`)
    const areas = {
      input: [layout.headroomAt, layout.inputAt + layout.inputBytes],
      arena: [layout.arenaAt, layout.arenaAt + layout.arenaBytes],
      index: [layout.indexAt, layout.indexAt + layout.indexEntries * entryBytes]
    } as const
    for (const [name, [from, to]] of Object.entries(areas)) {
      assert.equal(this.kernel.bytes.compare(this.model.bytes, from, to, from, to), 0, `${name}: ${where}`)
    }
  }
}
