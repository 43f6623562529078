import {Fault} from '../base/fault.ts'
import {nearest} from '../base/nearest.ts'
import {excerpt} from '../config/excerpt.ts'
import type {Written} from '../config/written.ts'
import {callKind, type Kinds} from './action.ts'
import {inOrder} from './order.ts'
import type {Page} from './page.ts'
import {readStep, type Named, type ReadStep} from './parse-step.ts'
import type {ReferenceCheck} from './references.ts'
import type {StepSpec} from './runbook.ts'

// Far longer than anything that a person follows; what needs more is a program.
export const stepsMax = 500

/** In its place among the others: the order needs its id, and what it waits for. */
interface PlacedStep extends ReadStep {
  readonly id: string
  readonly needs: readonly string[]
  readonly spec: StepSpec
}

/** What steps can name. */
export interface Usable {
  readonly kinds: Kinds
  readonly runbooks: readonly string[]
}

export function readSteps(page: Page, written: Written | undefined, {kinds, runbooks}: Usable): readonly PlacedStep[] {
  if (written?.type !== 'list') return []
  const read = written.items.slice(0, stepsMax).flatMap((item, index) => {
    return readStep(page, item, {kinds, number: index + 1}) ?? []
  })
  const lines = page.linesOf(read.map(({at}) => at))
  for (const step of read) tellUnknownRunbook(page, step, runbooks)
  return read.map((step, index) => {
    const {id, needs} = step.spec
    return {...step, id, needs, spec: {...step.spec, line: lines[index] ?? 1}}
  })
}

export interface Beside {
  readonly references: ReferenceCheck
  readonly named: {readonly inputs: readonly string[]; readonly facts: readonly string[]}
}

/** What can only be judged of all steps together; gives them in the order in which they are applied. */
export function checkSteps(page: Page, steps: readonly PlacedStep[], {references, named}: Beside): readonly StepSpec[] {
  const byId = new Map<string, PlacedStep>()
  for (const step of steps) {
    const {id} = step
    if (byId.has(id)) page.add(step.idAt, (place) => new Fault('runbook-duplicate-id', {...place, id}))
    else byId.set(id, step)
  }
  for (const {needed} of steps) tellUnknownNeeds(page, needed, byId)
  const {items, cycles} = inOrder([...byId.values()])
  for (const cycle of cycles) tellCycle(page, cycle)
  const all = new Map(items.map(({id, spec}) => [id, spec]))
  // In a cycle nothing is before anything: then only names can be judged.
  const before = new Set(cycles.length > 0 ? all.keys() : [])
  for (const {id, spec, mentions, eachMentions} of items) {
    references.check(eachMentions, named)
    // Which steps a called runbook stands for has to be known before any step is applied.
    const known = spec.use === callKind ? named : {...named, steps: {all, before}}
    references.check(mentions, {...known, hasItem: spec.each !== null})
    before.add(id)
  }
  return items.map(({spec}) => spec)
}

function tellUnknownRunbook(page: Page, {called}: ReadStep, runbooks: readonly string[]): void {
  if (called === null || runbooks.includes(called.id)) return
  tellUnknownName(page, called, {thing: 'runbook', known: runbooks})
}

function tellUnknownNeeds(page: Page, needs: readonly Named[], byId: ReadonlyMap<string, unknown>): void {
  for (const need of needs) {
    if (!byId.has(need.id)) tellUnknownName(page, need, {thing: 'step', known: [...byId.keys()]})
  }
}

function tellUnknownName(
  page: Page,
  {id, at}: Named,
  {thing, known}: {thing: 'runbook' | 'step'; known: readonly string[]}
): void {
  page.add(at, (place) => new Fault('runbook-unknown-name', {...place, thing, name: id, nearest: nearest(id, known)}))
}

/** At the need that leads from its first step to the next one. */
function tellCycle(page: Page, cycle: readonly PlacedStep[]): void {
  const [first, second = first] = cycle
  const need = first?.needed.find(({id}) => id === second?.id)
  const around = [...cycle, first].map((step) => step?.id).join(' → ')
  page.add(need?.at ?? 0, (place) => new Fault('runbook-cycle', {...place, cycle: excerpt(around, cycleCharacters)}))
}

// A dozen steps by name; a cycle of hundreds is told by its beginning.
const cycleCharacters = 400
