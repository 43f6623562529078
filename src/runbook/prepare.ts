import {assert} from '../base/assert.ts'
import {Fault, Faults} from '../base/fault.ts'
import {callKind} from './action.ts'
import {decide} from './condition.ts'
import type {Crew} from './attempt.ts'
import type {Draft} from './draft.ts'
import {fillRaw, smuggledOptions} from './filling.ts'
import {resolveInputs} from './inputs.ts'
import {callFields, kinds, readings} from './kinds.ts'
import type {Intent, PlanPlace} from './plan.ts'
import type {Read, ReadingKind} from './reading.ts'
import type {LockSpec, Raw, Runbook, StepSpec} from './runbook.ts'
import type {Workplace} from './run.ts'
import type {Json} from './step.ts'
import {fill, settingValues, type Scope} from './template.ts'

export interface Preparing {
  readonly place: Pick<Workplace, 'shelf' | 'host' | 'loaded' | 'stop'>
  readonly at: PlanPlace
  readonly check: Crew['check']
}

/** From a runbook and what was given to it to a flat list of steps; the facts that it asks for are read on the way. */
export async function prepare(runbook: Runbook, given: readonly string[], preparing: Preparing): Promise<Intent> {
  const preparation = new Preparation(preparing)
  const config = settingValues(preparing.at.config)
  const inputs = resolveInputs(runbook.inputs, given, config)
  if ('faults' in inputs) throw new Faults(inputs.faults)
  await preparation.add(runbook, inputs.values, {prefix: '', needs: [], chain: [runbook.name]})
  return preparation.intent(runbook)
}

// A runbook that calls itself has no end; a person can follow no deeper either.
const depthMax = 8

// More steps than this belong into a program of their own.
const stepsMax = 5000

/** How a runbook came to be called. */
interface Call {
  readonly prefix: string
  readonly needs: readonly string[]
  readonly chain: readonly string[]
}

const retryNever = {times: 0, backoffMs: 0} as const

class Preparation {
  readonly #preparing: Preparing
  readonly #drafts: Draft[] = []
  readonly #locks: LockSpec[] = []
  readonly #faults: Fault[] = []
  readonly #warnings: Fault[] = []
  readonly #config: Scope['config']

  constructor(preparing: Preparing) {
    this.#preparing = preparing
    this.#config = settingValues(preparing.at.config)
  }

  intent({name, timeoutMs, until}: Runbook): Intent {
    // A value that several steps take is told once.
    const distinct = new Map(this.#faults.map((fault) => [fault.message, fault]))
    if (distinct.size > 0) throw new Faults([...distinct.values()])
    return {runbook: name, drafts: this.#drafts, locks: merged(this.#locks), timeoutMs, until, warnings: this.#warnings}
  }

  async add(runbook: Runbook, inputs: Scope['inputs'], call: Call): Promise<void> {
    this.#locks.push(...runbook.locks)
    const known: Scope = {inputs, config: this.#config, facts: new Map(), steps: new Map(), item: undefined}
    const found = this.#faults.length
    const scope = {...known, facts: await this.#read(runbook, known)}
    // Without its facts, every step that needs them would only be told as one more fault.
    if (this.#faults.length > found) return
    const ids = new Map<string, readonly string[]>()
    for (const step of runbook.steps) {
      const became: string[] = []
      for (const one of this.#each(step, scope)) {
        if (this.#drafts.length >= stepsMax) {
          this.#faults.push(new Fault('run-too-long', {runbook: runbook.name, stepsMax}))
          return
        }
        became.push(...(await this.#step(runbook, step, {...one, call, ids})))
      }
      ids.set(step.id, became)
    }
  }

  async #read(runbook: Runbook, scope: Scope): Promise<Scope['facts']> {
    const facts = new Map<string, Json>()
    for (const {name, use, with: raw} of runbook.facts) {
      const kind = readings.find((reading) => reading.name === use)
      assert(kind !== undefined, `a runbook was read that names the reading ${use}`)
      const filled = fillRaw(raw, {...scope, facts})
      this.#faults.push(...filled.faults)
      if (filled.faults.length > 0) continue
      const inputs = kind.fields.parse(filled.raw)
      const found = inputs === undefined ? badFact(runbook, name, use) : await this.#find(kind, inputs, runbook.folder)
      if ('fault' in found) {
        this.#faults.push(found.fault)
      } else {
        facts.set(name, found.value)
        this.#warnings.push(...(found.warnings ?? []))
      }
    }
    return facts
  }

  #find(kind: ReadingKind, inputs: unknown, folder: string): Promise<Read> {
    const {place, at, check} = this.#preparing
    return kind.read({inputs, host: place.host, check, signal: place.stop, at: {...at, folder}})
  }

  /** The scopes of a step: one, or one for each item of a list. */
  #each({id, each}: StepSpec, scope: Scope): readonly Spread[] {
    if (each === null) return [{scope, suffix: ''}]
    const filled = fill(each, scope)
    if (filled.state === 'ready' && Array.isArray(filled.value)) {
      return filled.value.map((item: Json, at) => ({scope: {...scope, item}, suffix: `[${at + 1}]`}))
    }
    this.#faults.push(...(filled.state === 'bad' ? filled.faults : [new Fault('step-each-not-list', {step: id})]))
    return []
  }

  /** The ids of the steps that it has become: what needs it, needs these. */
  async #step(runbook: Runbook, step: StepSpec, {scope, suffix, call, ids}: Spot): Promise<readonly string[]> {
    const id = `${call.prefix}${step.id}${suffix}`
    const when = this.#when(step, scope)
    const filled = when === 'no' ? {raw: {}, faults: []} : fillRaw(step.with, scope)
    this.#faults.push(...filled.faults, ...smuggledOptions(id, step.with, filled.raw))
    const needs = [...call.needs, ...step.needs.flatMap((need) => ids.get(need) ?? [])]
    if (step.use === callKind) {
      // Nothing is there that could be done: as with any step that was skipped, what needs it is not served.
      if (when === 'no') return [id]
      const before = this.#drafts.length
      if (when === 'yes') await this.#call(id, filled.raw, {prefix: `${id}/`, needs, chain: call.chain})
      // Which steps there are must be known before the first one: a call cannot wait for a value.
      else this.#faults.push(new Fault('step-call-late', {step: id}))
      return this.#drafts.slice(before).map((draft) => draft.id)
    }
    const kind = kinds.find(({name}) => name === step.use)
    assert(kind !== undefined, `a runbook was read that names the step kind ${step.use}`)
    this.#drafts.push({
      number: this.#drafts.length + 1,
      id,
      kind,
      folder: runbook.folder,
      inputs: takesEnvironment(kind.name) ? withInputs(filled.raw, scope.inputs) : filled.raw,
      when,
      needs,
      timeoutMs: step.timeoutMs ?? timeoutMsDefault,
      retry: step.retry ?? retryNever,
      // A ladder is there to go on to the next rung.
      onFailure: step.onFailure ?? (runbook.until === null ? runbook.onFailure : 'continue')
    })
    return [id]
  }

  #when({when}: StepSpec, scope: Scope): Draft['when'] {
    if (when === null) return 'yes'
    const decided = decide(when, scope)
    if (decided.state === 'waiting') return decided.condition
    if (decided.state === 'ready') return decided.value ? 'yes' : 'no'
    this.#faults.push(...decided.faults)
    return 'no'
  }

  async #call(id: string, raw: Raw, call: Call): Promise<void> {
    const called = parseCall(raw)
    if (called === undefined) {
      this.#faults.push(new Fault('step-call-late', {step: id}))
      return
    }
    if (call.chain.includes(called.name) || call.chain.length >= depthMax) {
      this.#faults.push(new Fault('step-call-cycle', {step: id, chain: [...call.chain, called.name].join(' → ')}))
      return
    }
    const runbook = await this.#preparing.place.shelf.read(called.name)
    if (runbook.until !== null) {
      this.#faults.push(new Fault('step-call-ladder', {step: id, runbook: called.name}))
      return
    }
    const inputs = resolveInputs(runbook.inputs, called.inputs, this.#config)
    if ('faults' in inputs) this.#faults.push(...inputs.faults)
    else await this.add(runbook, inputs.values, {...call, chain: [...call.chain, called.name]})
  }
}

function badFact(runbook: Runbook, fact: string, use: string): Read {
  return {fault: new Fault('runbook-bad-fact', {runbook: runbook.name, fact, use})}
}

/** One of the steps that a step of a runbook becomes. */
interface Spread {
  readonly scope: Scope
  readonly suffix: string
}

interface Spot extends Spread {
  readonly call: Call
  /** What the steps before it in its runbook have become. */
  readonly ids: ReadonlyMap<string, readonly string[]>
}

// Most steps take seconds; one that moves much data says so itself.
const timeoutMsDefault = 600_000

function parseCall(raw: Raw): {readonly name: string; readonly inputs: ReadonlyMap<string, Json>} | undefined {
  const parsed = callFields.parse(raw)
  if (parsed === undefined) return undefined
  return {name: parsed.name, inputs: (parsed.inputs ?? new Map()) as ReadonlyMap<string, Json>}
}

function takesEnvironment(kind: string): boolean {
  return ['run', 'sh', 'zx'].includes(kind)
}

/** Every input is in the environment of every program, so that no script has to be told twice. */
function withInputs(raw: Raw, inputs: Scope['inputs']): Raw {
  const {env = {}, ...rest} = raw as {readonly [key: string]: Raw}
  const own = [...inputs].map(([name, value]) => {
    const text = Array.isArray(value) ? JSON.stringify(value) : value
    return [`LOGCASTER_INPUT_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`, text] as const
  })
  return {...rest, env: {...Object.fromEntries(own), ...(env as object)}}
}

/** One lock a resource: exclusive where any asks for that; only what all allow may be told to stop. */
function merged(locks: readonly LockSpec[]): readonly LockSpec[] {
  const byResource = new Map<string, LockSpec>()
  for (const lock of locks) {
    const known = byResource.get(lock.resource)
    const mode = known?.mode === 'exclusive' ? 'exclusive' : lock.mode
    const preempts = known === undefined ? lock.preempts : lock.preempts.filter((one) => known.preempts.includes(one))
    byResource.set(lock.resource, {resource: lock.resource, mode, preempts})
  }
  return [...byResource.values()]
}
