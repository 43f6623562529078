import {dirname} from 'node:path'
import type {PlannedStep} from './plan.ts'

/** Kinds of steps that put what was at their target aside, beside it. */
const holdingKinds = ['file.write', 'file.remove']

export function holdsOf({kind}: PlannedStep['draft'], target: string): string[] {
  return holdingKinds.includes(kind.name) ? [dirname(target)] : []
}

export function plannedHolds({draft, outlook}: PlannedStep): string[] {
  return outlook.action === 'change' ? holdsOf(draft, outlook.target) : []
}

// Even with long paths a line has room for so many; what it has no room for is cut.
const partLength = 100

/** Into as many as a line of the journal takes. */
export function inParts(folders: readonly string[]): readonly string[][] {
  const count = Math.ceil(folders.length / partLength)
  return Array.from({length: count}, (_, at) => folders.slice(at * partLength, (at + 1) * partLength))
}
