/**
 * What one connection has sent of a line whose end did not come yet. It is kept apart, since all connections are read
 * into the same memory, and put back in front of what is read next.
 */
export class Rest {
  #kept: Uint8Array | undefined
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  /** What it takes of our memory. */
  get heldBytes(): number {
    return this.#kept?.length ?? 0
  }

  /** Takes the bytes out and puts them right in front of `at`. Returns where they begin; `keep` has to follow. */
  putBefore(memory: Uint8Array, at: number): number {
    const from = at - this.#bytes
    if (this.#kept !== undefined) memory.set(this.#kept.subarray(0, this.#bytes), from)
    this.#bytes = 0
    return from
  }

  /** Keeps memory[from, to). Returns by how many bytes it takes more of our memory than before. */
  keep(memory: Uint8Array, from: number, to: number): number {
    const before = this.heldBytes
    this.#bytes = to - from
    if (!this.#fits()) this.#kept = this.#bytes === 0 ? undefined : new Uint8Array(roundedUp(this.#bytes))
    this.#kept?.set(memory.subarray(from, to))
    return this.heldBytes - before
  }

  /** Who sends byte by byte must not cost an allocation each time; a short line must not hold the memory of a long one. */
  #fits(): boolean {
    const size = this.heldBytes
    return this.#bytes > 0 && this.#bytes <= size && size <= 2 * roundedUp(this.#bytes)
  }
}

const stepBytes = 256

function roundedUp(bytes: number): number {
  return Math.ceil(bytes / stepBytes) * stepBytes
}
