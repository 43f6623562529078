import type * as Yaml from 'yaml'
import {Fault} from '../base/fault.ts'
import {excerpt} from './excerpt.ts'
import type {Problems, SourceFile} from './problems.ts'
import {listOf, mapOf, scalarOf, type Extent, type Written, type WrittenEntry} from './written.ts'

// Settings are six levels deep at most; deeper is an attack or a slip, and recursion must have an end.
const depthMax = 32

// What aliases repeat, counted as if it were written out. An honest configuration repeats a list or two.
const repeatedNodesMax = 1000

/**
 * Reads the YAML of a configuration: version 1.2 and its core schema whatever the file says, so that `no` stays a word;
 * no merge keys, no other tags. Undefined when it is not sound YAML: all else that could be said of it would be guessed.
 */
export async function readDocument(file: SourceFile, problems: Problems): Promise<Written | undefined> {
  const yaml = await import('yaml')
  const document = yaml.parseDocument(file.text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    stringKeys: true,
    // The library compares each key with each other, which takes minutes for a megabyte of keys.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error'
  })
  return new Reader(yaml, file, problems).read(document)
}

/** From the nodes of the library to ours: aliases followed, repeated keys told, growth bounded. */
class Reader {
  readonly #yaml: typeof Yaml
  readonly #file: SourceFile
  readonly #problems: Problems
  readonly #anchored = new Map<string, Written>()
  #repeatedNodes = 0
  #state: 'sound' | 'unsound' | 'overgrown' = 'sound'

  constructor(yaml: typeof Yaml, file: SourceFile, problems: Problems) {
    this.#yaml = yaml
    this.#file = file
    this.#problems = problems
  }

  read(document: Yaml.Document.Parsed): Written | undefined {
    // What the library only warns of, an unknown tag or directive, would silently give another value than was meant.
    const errors = [...document.errors, ...document.warnings]
    if (errors.length > 0) this.#state = 'unsound'
    const top = this.#state === 'sound' ? this.#node(document.contents, 0) : undefined
    if (errors.some((error) => error.code === 'RESOURCE_EXHAUSTION')) this.#state = 'overgrown'
    if (this.#state === 'overgrown') {
      this.#problems.add(0, () => new Fault('config-alias-bomb', {file: this.#file.path}))
      return undefined
    }
    // One slip of the hand often breaks several rules at once: the first of a place says enough.
    const places = new Set<number>()
    for (const error of errors) {
      if (!places.has(error.pos[0])) this.#syntaxError(error)
      places.add(error.pos[0])
    }
    return this.#state === 'sound' ? top : undefined
  }

  #node(node: unknown, depth: number): Written {
    const {isAlias, isCollection, isMap, isNode, isScalar} = this.#yaml
    if (depth > depthMax) this.#state = 'overgrown'
    const [from, to] = (isNode(node) ? node.range : undefined) ?? [0, 0]
    const extent = {from, to}
    if (this.#state === 'overgrown' || !isNode(node)) return scalarOf(null, extent)
    if (isAlias(node)) return this.#alias(node.source, extent)
    const written = isMap(node)
      ? mapOf(this.#entries(node.items, depth), extent)
      : isCollection(node)
        ? listOf(
            node.items.map((item) => this.#node(item, depth + 1)),
            extent
          )
        : scalarOf(isScalar(node) ? node.value : null, extent)
    if (node.anchor !== undefined) this.#anchored.set(node.anchor, written)
    return written
  }

  #entries(pairs: readonly Yaml.Pair[], depth: number): readonly WrittenEntry[] {
    const entries = new Map<string, WrittenEntry>()
    for (const pair of pairs) {
      // With `stringKeys` every key is a text, or nothing at all as in `: 5`.
      const keyNode = this.#yaml.isScalar(pair.key) ? pair.key : undefined
      const key = typeof keyNode?.value === 'string' ? keyNode.value : ''
      const keyAt = keyNode?.range?.[0] ?? 0
      const value = this.#node(pair.value, depth + 1)
      if (entries.has(key)) this.#repeatedKey(key, keyAt)
      else entries.set(key, {key, keyAt, value})
    }
    return [...entries.values()]
  }

  /** Stands where the alias stands: what is good at the anchor can be wrong here. */
  #alias(name: string, extent: Extent): Written {
    const written = this.#anchored.get(name)
    if (written === undefined) {
      this.#unsound(extent.from, `there is no anchor &${excerpt(name)} before this alias`)
      return scalarOf(null, extent)
    }
    this.#repeatedNodes += written.size
    if (this.#repeatedNodes > repeatedNodesMax) this.#state = 'overgrown'
    return {...written, extent}
  }

  #repeatedKey(key: string, keyAt: number): void {
    this.#problems.add(keyAt, (place) => new Fault('config-duplicate-key', {...place, key: excerpt(key)}))
  }

  #syntaxError(error: Yaml.YAMLError): void {
    const [at] = error.pos
    const value = unquotedRange(this.#file.text.slice(at, at + 80))
    if (value === undefined) this.#unsound(at, detailOf(error))
    else this.#problems.add(at, (place) => new Fault('config-unquoted-range', {...place, value}))
  }

  #unsound(at: number, detail: string): void {
    this.#state = 'unsound'
    this.#problems.add(at, (place) => new Fault('config-syntax', {...place, detail}))
  }
}

/**
 * Thresholds are the values that need quotes most often: YAML takes the colon at the end of `20%:` for a new map, and
 * `@` for a reserved character. The range, if that is what stands at the error.
 */
function unquotedRange(text: string): string | undefined {
  return /^(?:@[\w.%~]*:?[\w.%~]*|\d[\w.%]*:)(?=[\s,}\]]|$)/.exec(text)?.[0]
}

// The longest sentence of the library has half as many.
const detailCharacters = 200

/** The library quotes what it met, which may be a secret in the wrong place: the sentence ends before that. */
function detailOf(error: Yaml.YAMLError): string {
  return error.code === 'MULTIPLE_DOCS'
    ? 'a second document begins here, and only one is read'
    : excerpt(error.message.replace(/: ["'].*$/s, ''), detailCharacters)
}
