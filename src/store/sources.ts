/** The names under which records are kept, as numbers that fit an entry of the index. */
export class SourceTable {
  readonly #ids = new Map<string, number>([[otherName, 0]])
  readonly #names: string[] = [otherName]

  /** Of more names than can be told apart, the rest are `other`. */
  idOf(name: string): number {
    const known = this.#ids.get(name)
    if (known !== undefined) return known
    if (this.#names.length > idMax) return 0
    const id = this.#names.push(name) - 1
    this.#ids.set(name, id)
    return id
  }

  nameOf(id: number): string {
    return this.#names[id] ?? otherName
  }
}

const otherName = 'other'
// An entry of the index has sixteen bits for it.
const idMax = 65_535
