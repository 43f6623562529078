import type {Attributes} from '../../src/host/disk.ts'
import type {Seeded} from './random.ts'

/** What a file system keeps of a file, folder or link beside its bytes or names, and what power loss leaves of it. */
export class SimInode {
  readonly number: number
  device = 1
  /** Names that lead here now. */
  links = 0
  /** Nobody may write the file, or change the names in the folder. */
  isForbidden = false
  #attributes: Attributes
  /** What a crash may bring back: what is durable, and everything since. */
  #possible: Attributes[]
  #isDirty = false

  constructor(number: number, attributes: Attributes) {
    this.number = number
    this.#attributes = attributes
    this.#possible = [attributes]
  }

  get attributes(): Attributes {
    return this.#attributes
  }

  set(attributes: Attributes): void {
    this.#attributes = attributes
    this.#possible.push(attributes)
    this.#isDirty = true
  }

  sync(): void {
    if (this.#isDirty) this.#possible = [this.#attributes]
    this.#isDirty = false
  }

  /** Linux takes it for written all the same: only the next change makes a later sync write it. */
  failSync(): void {
    this.#isDirty = false
  }

  afterCrash(random: Seeded): SimInode {
    const found = new SimInode(this.number, random.pick(this.#possible))
    found.isForbidden = this.isForbidden
    found.device = this.device
    return found
  }
}
