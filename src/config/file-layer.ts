import {Fault} from '../base/fault.ts'
import {readDocument} from './document.ts'
import {shownValue} from './excerpt.ts'
import {inspect, unknownKey, type Complaint} from './inspect.ts'
import type {Layer} from './layer.ts'
import {Problems, type SourceFile} from './problems.ts'
import type {AnySection, Setting} from './shape.ts'
import {rawOf, type Written} from './written.ts'

/** The settings in the text of a configuration file. An empty one, or one of comments only, sets nothing. */
export async function fileLayer(file: SourceFile, shape: AnySection, knownChecks: readonly string[]): Promise<Layer> {
  // A byte order mark is no character of the first line: it would shift every column in it.
  const source = file.text.startsWith('\uFEFF') ? {...file, text: file.text.slice(1)} : file
  const problems = new Problems(source)
  const top = await readDocument(source, problems)
  const walk = new Walk(source, problems, knownChecks)
  if (top !== undefined) walk.section(shape, top, '')
  return {values: walk.values, faults: problems.faults()}
}

class Walk {
  readonly values = new Map<string, unknown>()
  readonly #file: SourceFile
  readonly #problems: Problems
  readonly #knownChecks: readonly string[]

  constructor(file: SourceFile, problems: Problems, knownChecks: readonly string[]) {
    this.#file = file
    this.#problems = problems
    this.#knownChecks = knownChecks
  }

  section(shape: AnySection, written: Written, key: string): void {
    // A section whose settings are all commented out is null in YAML.
    if (written.type === 'scalar' && written.raw === null) return
    if (written.type !== 'map') {
      this.#complain({about: 'value', key: key === '' ? '.' : key, written, expected: 'section'})
      return
    }
    for (const entry of written.entries) {
      const node = Object.hasOwn(shape.fields, entry.key) ? shape.fields[entry.key] : undefined
      const below = key === '' ? entry.key : `${key}.${entry.key}`
      if (node === undefined) this.#complain(unknownKey(entry, key, Object.keys(shape.fields)))
      else if (node.type === 'section') this.section(node, entry.value, below)
      else this.#setting(node, entry.value, below)
    }
  }

  #setting(setting: Setting<unknown>, written: Written, key: string): void {
    if (setting.isSecret) {
      this.#problems.add(written.extent.from, (place) => new Fault('config-secret-inline', {...place, key}))
      return
    }
    const complaints = inspect(setting.kind, written, {key, knownChecks: this.#knownChecks})
    if (complaints.length === 0) this.values.set(key, setting.kind.parse(rawOf(written)))
    for (const complaint of complaints) this.#complain(complaint)
  }

  #complain(complaint: Complaint): void {
    const {about, key} = complaint
    if (about === 'key') {
      const {entry, nearest} = complaint
      this.#problems.add(entry.keyAt, (place) => new Fault('config-unknown-key', {...place, key, nearest: nearest()}))
      return
    }
    const {from, to} = complaint.written.extent
    if (about === 'check') {
      const {id, nearest} = complaint
      this.#problems.add(from, (place) => new Fault('config-unknown-check', {...place, key, id, nearest: nearest()}))
      return
    }
    const {expected} = complaint
    this.#problems.add(from, (place) => {
      const value = shownValue(key, this.#file.text.slice(from, to))
      return new Fault('config-bad-value', {...place, key, value, expected})
    })
  }
}
