import {choice, duration, list, nullable, record, text, whole} from '../config/shape.ts'
import {rawOf, type Written} from '../config/written.ts'
import {callKind, readAction, valueOf, type Kinds} from './action.ts'
import {parseCondition, type Condition} from './condition.ts'
import {meaning, name, rawValue, time, withDefault} from './fields.ts'
import type {Mention, Page} from './page.ts'
import type {StepSpec} from './runbook.ts'
import {isTemplate, soleReference, type Template} from './template.ts'

/** A step as it was read, with the places of what can only be judged beside the others. */
export interface ReadStep {
  readonly spec: Omit<StepSpec, 'line'>
  readonly at: number
  readonly idAt: number
  readonly needed: readonly Named[]
  /** The runbook that it stands for. */
  readonly called: Named | null
  readonly mentions: readonly Mention[]
  /** Of its `each`: how many steps there are has to be known before the first one is applied. */
  readonly eachMentions: readonly Mention[]
}

export interface Named {
  readonly id: string
  readonly at: number
}

// A step that still fails after so many attempts waits for a person, not for time.
const retriesMax = 100

const stepFields = record({
  id: nullable(name()),
  use: nullable(name()),
  run: nullable(rawValue()),
  sh: nullable(rawValue()),
  zx: nullable(rawValue()),
  with: nullable(rawValue()),
  about: nullable(meaning()),
  when: nullable({...text(), expects: 'condition'}),
  needs: nullable(list(name())),
  each: nullable({...text(), expects: 'reference'}),
  timeout: nullable(time()),
  retry: nullable(record({times: whole({min: 1, max: retriesMax}), backoff: withDefault(duration(), 1000)})),
  on_failure: nullable(choice('stop', 'continue', 'undo'))
})

/** Undefined where too little of it is a step to say more. */
export function readStep(
  page: Page,
  written: Written,
  {kinds, number}: {kinds: Kinds; number: number}
): ReadStep | undefined {
  const key = `steps[${number - 1}]`
  const head = page.read(stepFields, written, key)
  if (written.type !== 'map') return undefined
  const action = readAction(page, written, {key, kinds, thing: 'step-kind'})
  const when = readWhen(page, valueOf(written, 'when'), `${key}.when`)
  const each = readEach(page, valueOf(written, 'each'), `${key}.each`)
  const use = action?.use ?? ''
  const retry = head?.retry ?? null
  const id = valueOf(written, 'id')
  const needed = needsIn(valueOf(written, 'needs'))
  return {
    spec: {
      id: nameIn(id)?.id ?? `${use}-${number}`,
      use,
      with: action?.with ?? {},
      about: head?.about ?? null,
      when: when.condition,
      needs: needed.map((need) => need.id),
      each: each.list,
      timeoutMs: head?.timeout ?? null,
      retry: retry === null ? null : {times: retry.times, backoffMs: retry.backoff},
      onFailure: head?.on_failure ?? null
    },
    at: written.extent.from,
    idAt: (id ?? written).extent.from,
    needed,
    called: use === callKind ? nameIn(valueOf(valueOf(written, 'with') ?? written, 'name')) : null,
    mentions: [...(action?.mentions ?? []), ...when.mentions],
    eachMentions: each.mentions
  }
}

function readWhen(
  page: Page,
  written: Written | undefined,
  key: string
): {readonly condition: Condition | null; readonly mentions: readonly Mention[]} {
  const raw = written === undefined ? null : rawOf(written)
  if (written === undefined || typeof raw !== 'string' || raw === '') return {condition: null, mentions: []}
  const {mentions} = page.template(written)
  const condition = parseCondition(raw)
  if (condition === undefined) page.bad(written, key, 'condition')
  return {condition: condition === undefined || 'problems' in condition ? null : condition, mentions}
}

function readEach(
  page: Page,
  written: Written | undefined,
  key: string
): {readonly list: Template | null; readonly mentions: readonly Mention[]} {
  const raw = written === undefined ? null : rawOf(written)
  if (written === undefined || typeof raw !== 'string' || raw === '') return {list: null, mentions: []}
  const templated = page.template(written)
  const list = rawOf(templated.written)
  if (isTemplate(list) && (soleReference(list) !== undefined || list.parts.length === 0)) {
    return {list, mentions: templated.mentions}
  }
  page.bad(written, key, 'reference')
  return {list: null, mentions: templated.mentions}
}

/** Those that are names: of the others it has been told what they are. */
function needsIn(written: Written | undefined): readonly Named[] {
  return written?.type === 'list' ? written.items.flatMap((item) => nameIn(item) ?? []) : []
}

function nameIn(written: Written | undefined): Named | null {
  const id = written === undefined ? undefined : name().parse(rawOf(written))
  return written === undefined || id === undefined ? null : {id, at: written.extent.from}
}
