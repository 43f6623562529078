import assert from 'node:assert/strict'
import {test} from 'node:test'
import {stripVTControlCharacters} from 'node:util'
import fc from 'fast-check'
import {Fault} from '../../src/base/fault.ts'
import {finding} from '../../src/base/findings.ts'
import type {PlanItem, Report, StepOutcome} from '../../src/base/report.ts'
import {widthOf} from '../../src/text/columns.ts'
import {languages} from '../../src/text/language.ts'
import type {Reading} from '../../src/text/lines.ts'
import {planLines} from '../../src/text/plan-lines.ts'
import {seedFromEnvironment} from '../sim/random.ts'
import {readingOf} from './reports.ts'
import {acting, faultSamples, findingSamples, hostile, poisonedFault, poisonedFinding} from './samples.ts'

const seed = seedFromEnvironment()
const needsNothing = {root: false, programs: [], spaceBytes: 0}
const run = '20261120T091500Z-k3v9x2'

const writes: PlanItem = {
  id: 'write',
  kind: 'file.write',
  target: '/srv/app.conf',
  action: 'change',
  said: finding('step-file-new', {path: '/srv/app.conf', bytes: 12}),
  before: {state: 'absent'},
  after: {state: 'file'},
  reversible: true,
  needs: needsNothing,
  risk: 'low',
  timeoutMs: 600_000
}

const reloads: PlanItem = {
  ...writes,
  id: 'reload',
  kind: 'run',
  target: 'reload-app',
  said: finding('step-program-runs', {program: 'reload-app'}),
  after: null,
  reversible: false,
  needs: {...needsNothing, root: true}
}

const waits: PlanItem = {
  ...writes,
  id: 'settle',
  kind: 'wait',
  action: 'look',
  said: finding('step-waits', {forMs: 5000})
}

function planned(given: Partial<Report> = {}): Report {
  return {
    command: 'runbook run',
    title: 'runbook run deploy',
    status: 'planned',
    isDryRun: true,
    changed: [],
    checks: [],
    warnings: [],
    errors: [],
    plan: [writes, reloads, waits],
    ...given
  }
}

function ended(item: PlanItem, status: StepOutcome['status'], said: StepOutcome['said'] = null): PlanItem {
  return {...item, outcome: {status, said, durationMs: 1500}}
}

const failure = new Fault('step-program-failed', {program: 'reload-app', how: 'exit 3', detail: 'no such app'})

const failed = planned({
  status: 'partial',
  isDryRun: false,
  runId: run,
  errors: [failure],
  plan: [ended(writes, 'done'), ended(reloads, 'failed', failure), ended(waits, 'not-reached')]
})

test('a plan says what would be done, step by step, and what a person wants to know before saying yes', () => {
  assert.deepEqual(planLines(planned(), 120, readingOf()), [
    'runbook run deploy: this would be done, nothing was (2 change, 1 look in 120ms)',
    '  change  write   writes /srv/app.conf (12 B), where nothing is yet',
    '  change  reload  runs reload-app',
    '                  - cannot be put back',
    '                  - needs root',
    '  look    settle  waits for 5s'
  ])
})

test('a run says what came of each step, why where it failed, and by which name it is kept', () => {
  assert.deepEqual(planLines(failed, 4000, readingOf()), [
    'runbook run deploy: done in part (1 done, 1 failed, 1 not reached in 4s)',
    '  done         write   writes /srv/app.conf (12 B), where nothing is yet',
    '  failed       reload  reload-app failed (exit 3): no such app',
    '  not reached  settle  waits for 5s',
    `run ${run}: logcaster runs show ${run}`
  ])
})

test('Korean lines up as English does', () => {
  const lines = planLines(failed, 4000, readingOf({language: 'ko'}))
  const starts = lines.slice(1, -1).map((line) => widthOf(/^ +\S.*? {2}\w+ +/.exec(line)?.[0] ?? ''))
  assert.equal(new Set(starts).size, 1, lines.join('\n'))
  assert.match(lines[0] ?? '', /^runbook run deploy: /)
})

test('verbose adds how long a step may take, or took', () => {
  const reading = readingOf({detail: 'verbose'})
  assert.ok(planLines(planned(), 1, reading).includes('                  - at most 10m'))
  assert.ok(planLines(failed, 1, reading).includes('                       - 1s'))
})

test('quiet says only what went wrong, and nothing when nothing did', () => {
  const reading = readingOf({detail: 'quiet'})
  assert.deepEqual(planLines(planned(), 1, reading), [])
  assert.deepEqual(planLines(failed, 4000, reading), [
    'runbook run deploy: done in part (1 done, 1 failed, 1 not reached in 4s)',
    '  failed  reload  reload-app failed (exit 3): no such app',
    `run ${run}: logcaster runs show ${run}`
  ])
  assert.equal(planLines({...failed, plan: [ended(writes, 'stuck', failure)]}, 1, reading).length, 3)
})

test('a plan without steps, or with nothing to be done, says that', () => {
  for (const isDryRun of [true, false]) {
    const nothing = planned({status: 'nothing', isDryRun, plan: []})
    assert.deepEqual(planLines(nothing, 5, readingOf()), ['runbook run deploy: nothing to do (no steps in 5ms)'])
  }
  const {command, status, changed, checks, warnings, errors} = planned({status: 'refused'})
  const bare = {command, status, changed, checks, warnings, errors}
  assert.deepEqual(planLines(bare, 5, readingOf()), ['runbook run: refused (no steps in 5ms)'])
})

test('changed lines stand below their step', () => {
  const plan = [{...writes, diff: ['@@ -1 +1 @@', '-old', '+new\u001b[31m']}]
  assert.deepEqual(planLines(planned({plan}), 1, readingOf()).slice(2), [
    '    @@ -1 +1 @@',
    '    -old',
    '    +new\\x1b[31m'
  ])
  assert.deepEqual(planLines(planned({plan}), 1, readingOf({colours: true})).slice(2), [
    '    @@ -1 +1 @@',
    '    \u001b[31m-old\u001b[39m',
    '    \u001b[32m+new\\x1b[31m\u001b[39m'
  ])
})

const readings: fc.Arbitrary<Reading> = fc.record({
  language: fc.constantFrom(...languages),
  zone: fc.constant('utc' as const),
  columns: fc.integer({min: 60, max: 120}),
  colours: fc.constant(false),
  detail: fc.constantFrom('quiet' as const, 'normal' as const, 'verbose' as const)
})

const anyFinding = fc.constantFrom(...findingSamples.map(poisonedFinding))
const anyFault = fc.constantFrom(...faultSamples.map(poisonedFault))

const items: fc.Arbitrary<PlanItem> = fc.record({
  id: fc.constantFrom('write', 'hold[12]', `odd${hostile}`),
  kind: fc.constant('run'),
  target: fc.constant(hostile),
  action: fc.constantFrom('nothing', 'look', 'change', 'unknown', 'skip'),
  said: anyFinding,
  before: fc.constant(null),
  after: fc.constant(null),
  reversible: fc.boolean(),
  needs: fc.record({root: fc.boolean(), programs: fc.constant([]), spaceBytes: fc.constant(0)}),
  risk: fc.constant('none' as const),
  timeoutMs: fc.nat(),
  diff: fc.constant([`+${hostile}`])
})

const outcomes: fc.Arbitrary<StepOutcome> = fc.record({
  status: fc.constantFrom('done', 'nothing', 'failed', 'skipped', 'undone', 'stuck', 'not-reached'),
  said: fc.oneof(fc.constant(null), anyFinding, anyFault),
  durationMs: fc.nat()
})

const plans = fc.array(
  fc
    .tuple(items, fc.option(outcomes, {nil: undefined}))
    .map(([item, outcome]) => (outcome === undefined ? item : {...item, outcome}))
)

test('nothing in a plan acts on a terminal or forges a line, and no line of a step is too wide', () => {
  fc.assert(
    fc.property(plans, readings, (plan, reading) => {
      const report = planned({plan, title: `runbook run odd${hostile}`, errors: [failure]})
      const [summary = '', ...lines] = planLines(report, 1, reading)
      for (const line of [summary, ...lines]) assert.doesNotMatch(line, acting)
      const steps = lines.filter((line) => !/^ {4}\+/.test(line))
      // What the ids leave is never less than 20 columns.
      const idWidth = Math.max(0, ...plan.map(({id}) => id.length * 6))
      for (const line of steps) assert.ok(widthOf(line) <= Math.max(reading.columns, 40 + idWidth), line)
    }),
    {seed}
  )
})

test('colours come only when they are asked for, and change nothing but the colour', () => {
  fc.assert(
    fc.property(plans, readings, (plan, reading) => {
      const report = planned({plan, errors: [failure]})
      const bare = planLines(report, 1, reading)
      const coloured = planLines(report, 1, {...reading, colours: true})
      assert.deepEqual(coloured.map(stripVTControlCharacters), bare)
    }),
    {seed}
  )
})
