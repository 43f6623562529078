import assert from 'node:assert/strict'
import type {StepKind} from '../../../src/runbook/step.ts'
import {outlookOf, type Stage} from './stage.ts'

/** Why a step leaves its target alone, in the one word that tells the reasons apart. */
export async function reasonsOf<Inputs>(
  stage: Stage,
  kind: StepKind<Inputs>,
  raw: unknown
): Promise<readonly string[]> {
  const outlook = await outlookOf(stage, kind, raw)
  if (outlook.action !== 'refuse') return []
  return outlook.reasons.map(({code, values}) =>
    'reason' in values && code === 'target-refused' ? values.reason : code
  )
}

/** Whether the plan of a change says that only root can do it. */
export async function needsRoot<Inputs>(stage: Stage, kind: StepKind<Inputs>, raw: unknown): Promise<boolean> {
  const outlook = await outlookOf(stage, kind, raw)
  assert.ok(outlook.action === 'change', JSON.stringify(outlook))
  return outlook.needs.root
}
