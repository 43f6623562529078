import {nearest} from '../base/nearest.ts'
import {schema} from '../config/schema.ts'
import {settings, type Entry} from '../config/table.ts'
import {callKind} from './action.ts'
import type {WhyNot, Mention, Page} from './page.ts'
import type {StepSpec} from './runbook.ts'
import type {Reference} from './template.ts'

/** What references can name where they stand; undefined: nothing of that kind is known there. */
export interface Nameable {
  readonly inputs?: readonly string[]
  readonly facts?: readonly string[]
  /** Every step of the runbook by its id, and the ids of those that are applied before. */
  readonly steps?: {
    readonly all: ReadonlyMap<string, Pick<StepSpec, 'use' | 'each'>>
    readonly before: ReadonlySet<string>
  }
  readonly hasItem?: boolean
}

/** Tells of the references that stand for nothing. */
export class ReferenceCheck {
  readonly #page: Page
  readonly #settings: ReadonlyMap<string, Entry>

  constructor(page: Page) {
    this.#page = page
    this.#settings = new Map(settings(schema).map((entry) => [entry.key, entry]))
  }

  check(mentions: readonly Mention[], nameable: Nameable): void {
    for (const {reference, at} of mentions) {
      const why = this.#whyNot(reference, nameable)
      if (why === undefined) continue
      this.#page.addBadReference(at, {
        text: reference.text,
        why,
        nearest: () => this.#nearest(reference, nameable)
      })
    }
  }

  #whyNot({from, path: [first = '']}: Reference, nameable: Nameable): WhyNot | undefined {
    const {inputs, facts, steps, hasItem} = nameable
    switch (from) {
      case 'inputs':
        return inputs === undefined ? 'not-here' : inputs.includes(first) ? undefined : 'unknown-input'
      case 'facts':
        return facts === undefined ? 'not-here' : facts.includes(first) ? undefined : 'unknown-fact'
      case 'item':
        return hasItem === true ? undefined : 'no-item'
      case 'config': {
        const entry = this.#settings.get(first)
        return entry === undefined ? 'unknown-setting' : entry.setting.isSecret ? 'secret' : undefined
      }
      case 'steps': {
        const step = steps?.all.get(first)
        if (steps === undefined) return 'not-here'
        if (step === undefined) return 'unknown-step'
        if (step.each !== null || step.use === callKind) return 'many-steps'
        return steps.before.has(first) ? undefined : 'later-step'
      }
    }
  }

  #nearest({from, path: [first = '', ...rest]}: Reference, {inputs, facts, steps}: Nameable): string | null {
    const known = {
      inputs: inputs ?? [],
      facts: facts ?? [],
      config: [...this.#settings.values()].filter(({setting}) => !setting.isSecret).map(({key}) => key),
      steps: [...(steps?.all.keys() ?? [])],
      item: []
    }
    const meant = nearest(first, known[from])
    return meant === null || meant === first ? null : `\${${[from, meant, ...rest].join('.')}}`
  }
}
