import {Fault} from '../base/fault.ts'

export interface SourceFile {
  readonly path: string
  readonly text: string
}

export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

// Nobody mends more in one go, and a file that is no configuration at all can have a million problems.
const shownMax = 100

/** What is wrong in a file, in the order of the file. */
export class Problems {
  readonly #file: SourceFile
  readonly #found: {readonly at: number; readonly tell: (place: Place) => Fault}[] = []

  constructor(file: SourceFile) {
    this.#file = file
  }

  /** `at` is the offset in the text; the fault is made only when it is shown. */
  add(at: number, tell: (place: Place) => Fault): void {
    this.#found.push({at, tell})
  }

  faults(): readonly Fault[] {
    const inOrder = this.#found.toSorted((left, right) => left.at - right.at)
    const shown = inOrder.slice(0, shownMax).map(({at, tell}) => tell(placeOf(this.#file, at)))
    const more = inOrder.length - shown.length
    return more === 0 ? shown : [...shown, new Fault('config-more-problems', {file: this.#file.path, more})]
  }
}

/** Lines and columns start at 1; columns count characters, not the units that JavaScript counts. */
function placeOf(file: SourceFile, at: number): Place {
  const before = file.text.slice(0, at)
  const lineStart = before.lastIndexOf('\n') + 1
  const line = countOf(before, '\n') + 1
  return {file: file.path, line, column: charactersIn(before, lineStart) + 1}
}

function countOf(text: string, character: string): number {
  let count = 0
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) count += 1
  return count
}

function charactersIn(text: string, from: number): number {
  let count = 0
  for (let at = from; at < text.length; at += Number(text.codePointAt(at)) > 0xffff ? 2 : 1) count += 1
  return count
}
