import {dirname} from 'node:path'
import {Fault, Faults} from '../base/fault.ts'
import {readDocument} from '../config/document.ts'
import {excerpt} from '../config/excerpt.ts'
import {Problems, type SourceFile} from '../config/problems.ts'
import {checkId, choice, list, map, nullable, record, whole} from '../config/shape.ts'
import {listOf, mapOf, rawOf, type Written} from '../config/written.ts'
import {valueOf, type Kinds} from './action.ts'
import {meaning, name, rawValue, time, withDefault} from './fields.ts'
import {Page} from './page.ts'
import {namesIn, readFacts, readInputs} from './parse-values.ts'
import {checkSteps, readSteps, stepsMax} from './parse-steps.ts'
import {ReferenceCheck} from './references.ts'
import {resources, type Runbook} from './runbook.ts'

export interface RunbookFile extends SourceFile {
  readonly name: string
  readonly sha256: string
}

/** What a runbook may name. */
export interface Known {
  /** With `runbook`, which is no kind of its own. */
  readonly kinds: Kinds
  readonly readings: Kinds
  readonly checks: readonly string[]
  readonly runbooks: readonly string[]
}

// Longer than all that we ship; one that moves much data says so itself.
const timeoutMsUsual = 3_600_000

const top = record({
  about: meaning(),
  inputs: nullable(map(rawValue())),
  facts: nullable(map(rawValue())),
  locks: withDefault(
    list(
      record({
        resource: choice(...resources),
        mode: withDefault(choice('exclusive', 'shared'), 'exclusive'),
        preempts: withDefault(list(name()), [])
      })
    ),
    []
  ),
  timeout: withDefault(time(), timeoutMsUsual),
  on_failure: withDefault(choice('stop', 'continue', 'undo'), 'stop'),
  until: nullable(
    record({check: checkId(), times: withDefault(whole({min: 1, max: 100}), 1), every: withDefault(time(), 5000)})
  ),
  steps: {...list(rawValue()), expects: 'steps', parse: parseSteps}
})

function parseSteps(raw: unknown): readonly unknown[] | undefined {
  return Array.isArray(raw) && raw.length >= 1 && raw.length <= stepsMax ? (raw as readonly unknown[]) : undefined
}

/** The runbook in the text of a file; throws `Faults` with all that is wrong with it. */
export async function readRunbook(file: RunbookFile, known: Known): Promise<Runbook> {
  // A byte order mark is no character of the first line: it would shift every column in it.
  const source = file.text.startsWith('\uFEFF') ? {...file, text: file.text.slice(1)} : file
  const problems = new Problems(source)
  const written = await readDocument(source, problems)
  const runbook =
    written === undefined ? undefined : read(new Page(source, problems, known.checks), written, {file, known})
  const faults = problems.faults()
  if (faults.length > 0 || runbook === undefined) throw new Faults(faults)
  return runbook
}

/** Undefined only where something has been noted. */
function read(page: Page, written: Written, {file, known}: {file: RunbookFile; known: Known}): Runbook | undefined {
  const whole = spelledOut(written)
  const head = page.read(top, whole, '')
  const references = new ReferenceCheck(page)
  const inputs = readInputs(page, valueOf(written, 'inputs'), references)
  const named = {inputs: namesIn(valueOf(written, 'inputs')), facts: namesIn(valueOf(written, 'facts'))}
  const facts = readFacts(page, valueOf(written, 'facts'), {kinds: known.readings, references, inputs: named.inputs})
  const steps = readSteps(page, valueOf(written, 'steps'), known)
  const ordered = checkSteps(page, steps, {references, named})
  tellLocksTwice(page, valueOf(whole, 'locks'))
  if (head === undefined) return undefined
  const {name, path, sha256} = file
  return {
    name,
    path,
    folder: dirname(path),
    sha256,
    about: head.about,
    inputs,
    facts,
    locks: head.locks,
    steps: ordered,
    timeoutMs: head.timeout,
    onFailure: head.on_failure,
    until: head.until === null ? null : {check: head.until.check, times: head.until.times, everyMs: head.until.every}
  }
}

/** `locks: [logs]` is short for `locks: [{resource: logs}]`, and `until: disk.space` for `until: {check: disk.space}`. */
function spelledOut(written: Written): Written {
  if (written.type !== 'map') return written
  const entries = written.entries.map((entry) => {
    const {key, value} = entry
    if (key === 'until') return {...entry, value: wrapped(value, 'check')}
    if (key !== 'locks' || value.type !== 'list') return entry
    return {
      ...entry,
      value: listOf(
        value.items.map((item) => wrapped(item, 'resource')),
        value.extent
      )
    }
  })
  return mapOf(entries, written.extent)
}

function wrapped(value: Written, key: string): Written {
  if (value.type !== 'scalar' || value.raw === null) return value
  return mapOf([{key, keyAt: value.extent.from, value}], value.extent)
}

function tellLocksTwice(page: Page, locks: Written | undefined): void {
  const seen = new Set<unknown>()
  for (const lock of locks?.type === 'list' ? locks.items : []) {
    const resource = valueOf(lock, 'resource')
    const key = resource === undefined ? undefined : rawOf(resource)
    if (typeof key === 'string' && seen.has(key)) {
      page.add(lock.extent.from, (place) => new Fault('config-duplicate-key', {...place, key: excerpt(key)}))
    }
    seen.add(key)
  }
}
