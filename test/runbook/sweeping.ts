import assert from 'node:assert/strict'
import {parentPort} from 'node:worker_threads'
import type {Report} from '../../src/base/report.ts'
import type {RunRecord} from '../../src/ledger/journal.ts'
import {Mortal, type End} from './mortal.ts'
import {codesOf, exitOf, Killed, stageWith, state, unit} from './stage.ts'
import type {Stage} from './stage.ts'
import {probe, stories, type Story} from './stories.ts'

/**
 * One sweep: what a process is at ends at one operation after the other. Whatever is left then, the next process knows
 * of it, and brings the world to one of its two ends. Runs in a thread of its own, as the test runner follows every
 * promise of its own thread, which takes longer than all the rest.
 */
export interface Sweep {
  /** Index of the story. */
  readonly story: number
  readonly how: End | 'fail'
  readonly act: Act
  readonly seed: number
  /** Each operation, and on from there both ways; else each third one, and on from there one way. */
  readonly isThorough: boolean
}

// Which of them it is depends on the seed, so that all have their turn.
const stride = 3

/** How many operations there were. */
async function sweep({story: index, how, act, seed, isThorough}: Sweep): Promise<number> {
  const story = stories[index]
  assert.ok(story !== undefined)
  const ends = await endsOf(story, seed)
  const step = isThorough ? 1 : stride
  for (let operation = isThorough ? 1 : 1 + (seed % stride), round = seed; ; operation += step, round += 1) {
    const usual = round % 2 === 0 ? (['resume'] as const) : (['undo'] as const)
    for (const way of isThorough ? (['resume', 'undo'] as const) : usual) {
      const where = `SEED=${seed} ${story.name}: ${how} before operation ${operation} of ${act}, then ${way}`
      const going = {story, where, ...ends}
      const scene = await sceneOf(story, act, seed)
      const next = how === 'fail' ? await failedAt(scene, operation, going) : await endedAt(scene, operation, how)
      if (next === undefined) return operation - 1
      const run = await seeWhatWasLeft(next, how, where)
      await ways[way](next, run, going)
    }
  }
}

async function open({text, seed}: Story, seedNumber: number): Promise<Stage> {
  const stage = stageWith({seed: seedNumber, runbooks: {story: text, earlier: text, probe}})
  await seed(stage)
  return stage.next()
}

/** What a process is at when it ends. */
export type Act = 'run' | 'resume' | 'undo'

interface Scene {
  readonly stage: Stage
  readonly act: (stage: Stage) => Promise<Report>
}

// Somewhere in the middle of what a run does.
const brokenOffAt = 90

/** A process that is about to act: on the world as it was, or on what another one has left. */
async function sceneOf(story: Story, act: Act, seed: number): Promise<Scene> {
  const stage = await open(story, seed)
  if (act === 'run') return {stage, act: (one) => one.run('story')}
  if (act === 'undo') {
    const {runId = ''} = await stage.run('story')
    return {stage: stage.next(), act: (one) => one.undo(runId)}
  }
  const left = await endedAt({stage, act: (one) => one.run('story')}, brokenOffAt, 'kill')
  assert.ok(left !== undefined)
  const run = (await left.runs()).find(({runbook}) => runbook === 'story')
  return {stage: left, act: (one) => one.resume(run?.runId ?? '')}
}

/** What a process leaves that ends right before its operation of this number; undefined when it never gets there. */
async function endedAt({stage, act}: Scene, operation: number, how: End): Promise<Stage | undefined> {
  const mortal = new Mortal(stage, operation, how)
  try {
    await act(stage)
    return undefined
  } catch (cause) {
    if (!(cause instanceof Killed) || mortal.left === undefined) throw cause
    return stage.next({disk: mortal.left, hasRebooted: how === 'crash'})
  }
}

/** The same where the operation only fails, and the process goes on. */
async function failedAt(
  {stage, act}: Scene,
  operation: number,
  {where, before, after}: Going & Ends
): Promise<Stage | undefined> {
  const failing = stage.next({trouble: {failAt: operation}})
  const report = await act(failing)
  if (!failing.disk.failed) return undefined
  const there = `${where} (${failing.disk.failedOperation ?? ''})`
  const held = (await failing.locks()).filter(({life, resource}) => life === 'alive' && resource !== 'journal')
  assert.deepEqual(held, [], `${there}: locked`)
  const exit = exitOf(report)
  const told = codesOf(report.errors).join()
  if (exit === 0) assert.deepEqual(await worldOf(failing), after, `${there}: said to be done`)
  // In part, and stuck, say themselves that it is neither.
  else if (exit !== 3 && exit !== 4)
    assert.deepEqual([exit, await worldOf(failing)], [exit, before], `${there}: said to be as before: ${told}`)
  return failing.next()
}

/** All that runs work on: what has a name outside of our own folders, and what the unit does. */
async function worldOf(stage: Stage): Promise<Readonly<Record<string, string>>> {
  const world: Record<string, string> = {}
  for (const [path, bytes] of stage.disk.files()) {
    if (!path.startsWith('/srv/') || path.startsWith(state) || /\/\.+logcaster-/.test(path)) continue
    const {mode, uid, gid} = stage.disk.look(path)
    world[path] = `${mode.toString(8)} ${uid}:${gid} ${new TextDecoder().decode(bytes)}`
  }
  const {answer} = await stage.host.services.state(unit, stage.stop.signal)
  return {...world, [unit]: answer}
}

interface Ends {
  readonly before: Readonly<Record<string, string>>
  readonly after: Readonly<Record<string, string>>
}

async function endsOf(story: Story, seed: number): Promise<Ends> {
  const stage = await open(story, seed)
  const before = await worldOf(stage)
  const report = await stage.run('story')
  assert.equal(exitOf(report), story.fails === true ? 1 : 0, codesOf(report.errors).join())
  return {before, after: await worldOf(stage)}
}

/** The journal is whole but for its end, nobody is taken for alive, and who comes next is told of what was left. */
async function seeWhatWasLeft(stage: Stage, how: End | 'fail', where: string): Promise<RunRecord | undefined> {
  const {state: verdict} = await stage.verify()
  assert.ok(verdict === 'ok' || verdict === 'torn', `${where}: the journal is ${verdict}`)
  assert.ok(
    (await stage.runs()).every(({status}) => status !== 'running'),
    where
  )
  const next = await stage.run('probe')
  assert.equal(next.status, 'done', `${where}: ${codesOf(next.errors).join()}`)
  const run = (await stage.runs()).find(({runbook}) => runbook === 'story')
  const told = next.warnings.flatMap(({code, values}) => (code === 'run-crashed' ? [values] : []))
  if (how === 'kill' && run?.status === 'crashed') assert.ok(told.length > 0, `${where}: nobody told of the crash`)
  if (run !== undefined && run.status !== 'crashed') assert.deepEqual(told, [], `${where}: it had ended`)
  return run
}

/** Brings the run to its end: what may not be done twice is asked for, and answered truthfully. */
async function finish(stage: Stage, run: RunRecord | undefined, {story, where}: Going): Promise<Report | undefined> {
  if (run === undefined) return stage.run('story')
  if (!['crashed', 'partial', 'failed', 'interrupted'].includes(run.status)) return undefined
  const report = await stage.resume(run.runId)
  const uncertain = report.errors.filter(({code}) => code === 'step-uncertain')
  if (uncertain.length === 0) return report
  assert.equal(exitOf(report), 5, where)
  const named = uncertain.map(({values}) => String((values as {readonly step?: unknown}).step))
  const done = named.filter((step) => step === story.once && stage.ran(story.once) > 0)
  return stage.resume(run.runId, {done, again: named.filter((step) => !done.includes(step))})
}

interface Going {
  readonly story: Story
  readonly where: string
}

async function seeFinished(stage: Stage, run: RunRecord | undefined, going: Going & Ends): Promise<void> {
  const {story, where, before, after} = going
  // What could not be put back once can only be tried again, and so can what was left in the middle of it.
  const isHalfUndone = run?.status === 'crashed' && run.continuedAs === 'undo'
  if (isHalfUndone) assert.deepEqual(codesOf((await stage.resume(run.runId)).errors), ['run-half-undone'], where)
  if (run?.status === 'stuck' || isHalfUndone) return seeUndone(stage, run, going)
  const report = await finish(stage, run, going)
  if (report !== undefined) {
    const told = codesOf(report.errors).join()
    assert.equal(exitOf(report), story.fails === true ? 1 : 0, `${where}: ${told}`)
  }
  assert.deepEqual(await worldOf(stage), run?.status === 'undone' ? before : after, where)
  if (story.once !== undefined) assert.equal(stage.ran(story.once), 1, where)
  await seeTidy(stage, where)
}

async function seeUndone(stage: Stage, run: RunRecord | undefined, going: Going & Ends): Promise<void> {
  const {story, where, before} = going
  if (run !== undefined && run.status !== 'undone') {
    const report = await stage.undo(run.runId)
    const told = codesOf(report.errors).join()
    assert.ok(exitOf(report) === 0 || (!story.isReversible && exitOf(report) === 3), `${where}: ${told}`)
  }
  if (story.isReversible) assert.deepEqual(await worldOf(stage), before, where)
  if (story.once !== undefined) assert.ok(stage.ran(story.once) <= 1, where)
  await seeTidy(stage, where)
}

/** Nothing is locked, half written, or still open. */
async function seeTidy(stage: Stage, where: string): Promise<void> {
  const alive = (await stage.locks()).filter(({life}) => life === 'alive')
  assert.deepEqual(alive, [], where)
  const {state: verdict} = await stage.verify()
  assert.ok(verdict === 'ok' || verdict === 'torn', `${where}: the journal is ${verdict}`)
  const open = (await stage.runs()).filter(({status}) => status === 'running' || status === 'crashed')
  assert.deepEqual(open, [], where)
}

const ways = {resume: seeFinished, undo: seeUndone} as const

parentPort?.on('message', (asked: Sweep) => void answer(asked))

/** What came of a sweep, for the thread that asked for it. */
export interface Swept {
  readonly operations: number
  readonly failure: string | null
}

async function answer(asked: Sweep): Promise<void> {
  let swept: Swept
  try {
    swept = {operations: await sweep(asked), failure: null}
  } catch (error) {
    swept = {operations: 0, failure: error instanceof Error ? (error.stack ?? error.message) : String(error)}
  }
  parentPort?.postMessage(swept)
}
