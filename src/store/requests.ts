import {Fault, reasonOf} from '../base/fault.ts'

interface Request<Given> {
  readonly seq: number
  readonly run: (given: Given) => Promise<void>
  readonly reject: (cause: unknown) => void
}

/** What is to be done between two writes, each thing once everything below its `seq` is written. */
export class Requests<Given> {
  readonly #folder: string
  #all: Request<Given>[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  get isEmpty(): boolean {
    return this.#all.length === 0
  }

  add<Result>(seq: number, act: (given: Given) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const run = async (given: Given): Promise<void> => {
        resolve(await act(given))
      }
      this.#all.push({seq, run, reject})
    })
  }

  isDue(writtenSeq: number): boolean {
    const [first] = this.#all
    return first !== undefined && first.seq <= writtenSeq
  }

  /** Serves the first one. It stays first until that has worked. */
  async serve(given: Given): Promise<void> {
    await this.#all[0]?.run(given)
    this.#all.shift()
  }

  /** Whoever waits is told now, and may ask again. */
  refuse(cause: unknown): void {
    const refused = this.#all
    this.#all = []
    for (const {reject} of refused) {
      reject(new Fault('file-unwritable', {path: this.#folder, reason: reasonOf(cause)}, {cause}))
    }
  }
}
