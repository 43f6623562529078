import assert from 'node:assert/strict'
import {createHash} from 'node:crypto'
import {basename, join} from 'node:path'
import {test} from 'node:test'
import {load} from '../../src/config/load.ts'
import type {CheckResult} from '../../src/base/report.ts'
import {look} from '../../src/runbook/look.ts'
import {stillHolds} from '../../src/runbook/plan.ts'
import type {Applied, Json, Outlook, StepKind, StepPlace, Undone, Work} from '../../src/runbook/step.ts'
import type {SimDisk} from '../sim/disk.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import {seeded, type Seeded} from '../sim/random.ts'
import {endingAt, type End} from './ending-disk.ts'

/** A world in which a step of this kind has something to do. For a new kind, one or more of these are written. */
export interface Sample {
  /** What is special about it. */
  readonly name: string
  readonly kind: StepKind
  /** Makes the world, the same for the same random numbers, and says what the step is given. */
  seed(host: SimHost, random: Seeded): unknown
  /** What undo brings back, besides the disk. */
  stateOf?(host: SimHost): unknown
  /** Undo says that it cannot, and why not; the plan has to say so too. */
  readonly isFinal?: boolean
}

/** What holds for every kind of step, whatever it does. */
export function testKinds(samples: readonly Sample[], seeds: readonly number[]): void {
  for (const sample of samples) {
    const title = `${sample.kind.name}, ${sample.name}`
    const over = async (property: (scene: Opening) => Promise<void>): Promise<void> => {
      for (const seed of seeds) await property({sample, seed, where: `SEED=${seed} ${title}`})
    }
    test(`${title}: planning is pure, looking writes nothing, and both can be repeated`, () => over(plansPurely))
    test(`${title}: after it was applied, nothing is left to do`, () => over(appliesOnce))
    test(`${title}: undo restores all that was, and twice is once`, () => over(undoes))
    for (const how of ['fail', 'kill', 'crash'] as const) {
      test(`${title}: ${how} at any operation of apply leaves before or after, and a way to either`, () =>
        over((opening) => survives(opening, how, 'apply')))
      test(`${title}: ${how} at any operation of undo leaves before or after, and a way to either`, () =>
        over((opening) => survives(opening, how, 'undo')))
    }
  }
}

interface Opening {
  readonly sample: Sample
  readonly seed: number
  readonly where: string
}

interface Standing {
  readonly inputs: unknown
  readonly at: StepPlace
  readonly known: {isDone: boolean; before: Json}
}

/** One world and the step in it. */
class Scene {
  readonly sample: Sample
  readonly host: SimHost
  readonly inputs: unknown
  readonly at: StepPlace
  /** What an undo is told, as from the journal: how the first plan was, and that the step was done. */
  readonly #known: {isDone: boolean; before: Json}

  constructor(sample: Sample, host: SimHost, {inputs, at, known}: Standing) {
    this.sample = sample
    this.host = host
    this.inputs = inputs
    this.at = at
    this.#known = known
  }

  static async open({sample, seed}: Opening): Promise<Scene> {
    const host = simHost({seed})
    const inputs = deepFreeze(await sample.seed(host, seeded(seed)))
    const known = {isDone: false, before: null}
    const scene = new Scene(sample, host, {inputs, at: deepFreeze(await placeOn(host)), known})
    const outlook = await scene.plan()
    if (outlook.action === 'change') scene.#known.before = outlook.before
    return scene
  }

  /** The same world with this disk, as another process finds it. */
  on(disk: SimDisk): Scene {
    const {inputs, at} = this
    return new Scene(this.sample, {...this.host, disk}, {inputs, at, known: {...this.#known}})
  }

  async plan(): Promise<Outlook> {
    const {kind} = this.sample
    const facts = await look(kind.subjects(this.inputs, this.at), this.host, neverAborted)
    return kind.plan(this.inputs, facts, this.at)
  }

  /** As a run does it: planned on what is so, and done only where something is to be done. */
  async apply(disk: Work<unknown>['host']['disk'] = this.host.disk): Promise<Applied | 'nothing'> {
    const outlook = await this.plan()
    if (outlook.action === 'nothing') return 'nothing'
    if (outlook.action === 'refuse') assert.fail(`refused: ${outlook.reasons.map(({message}) => message).join()}`)
    const applied = await this.sample.kind.apply(this.#work(disk))
    this.#known.isDone = applied.status === 'done'
    return applied
  }

  undo(disk: Work<unknown>['host']['disk'] = this.host.disk): Promise<Undone> {
    return this.sample.kind.undo({...this.#work(disk), ...this.#known, isShaken: false})
  }

  #work(disk: Work<unknown>['host']['disk']): Work<unknown> {
    const {inputs, at} = this
    return {inputs, at, host: {...this.host, disk}, check: noCheck, signal: neverAborted, deadlineMs: 60_000}
  }

  /** All that is on the disk, and what else the sample names. */
  async world(): Promise<World> {
    return {disk: await treeOf(this.host.disk), state: this.sample.stateOf?.(this.host) ?? null}
  }
}

const neverAborted = new AbortController().signal

function noCheck(id: string): Promise<CheckResult> {
  throw new Error(`${id} is not to be asked here`)
}

/** A step of a run that starts now, on the usual configuration but for the folder of the logs. */
export async function placeOn({clock, machine}: SimHost, number = 1): Promise<StepPlace> {
  const {config} = await load({file: undefined, env: {}, overrides: ['paths.logs=/srv/logs'], knownChecks: []})
  const run = {id: '20261120T091500Z-k3v9x2', startedMs: clock.now()}
  return {run, number, folder: '/etc/logcaster/runbooks', config, uid: machine.uid}
}

async function plansPurely(opening: Opening): Promise<void> {
  const scene = await Scene.open(opening)
  const {kind} = scene.sample
  const before = await scene.world()
  const subjects = kind.subjects(scene.inputs, scene.at)
  const facts = await look(subjects, scene.host, neverAborted)
  assert.deepEqual(await scene.world(), before, `${opening.where}: looking has changed the world`)
  scene.host.disk.touched.clear()
  const {operations} = scene.host.disk
  const outlook = kind.plan(scene.inputs, facts, scene.at)
  assert.deepEqual(kind.subjects(scene.inputs, scene.at), subjects, opening.where)
  assert.deepEqual(kind.plan(scene.inputs, facts, scene.at), outlook, opening.where)
  assert.deepEqual([scene.host.disk.operations, [...scene.host.disk.touched]], [operations, []], opening.where)
  if (outlook.action !== 'change') return
  for (const value of [outlook.before, outlook.after]) {
    assert.deepEqual(JSON.parse(JSON.stringify(value)), value, `${opening.where}: not the same after the journal`)
  }
  const again = await scene.plan()
  assert.ok(again.action === 'change' && stillHolds(outlook.before, again.before), `${opening.where}: moves by itself`)
  assert.equal(outlook.isReversible, scene.sample.isFinal !== true, opening.where)
}

async function appliesOnce(opening: Opening): Promise<void> {
  const scene = await Scene.open(opening)
  const first = await scene.plan()
  const applied = await scene.apply()
  assert.equal(applied === 'nothing' ? 'nothing' : applied.status, 'done', opening.where)
  assert.equal(scene.host.disk.openFiles, 0, `${opening.where}: a file was left open`)
  if (first.action === 'look') return
  const after = await scene.world()
  assert.equal((await scene.plan()).action, 'nothing', opening.where)
  const later = scene.on(scene.host.disk.crash())
  assert.equal((await later.plan()).action, 'nothing', `${opening.where}: power loss took it back`)
  assert.deepEqual((await later.world()).disk, after.disk, `${opening.where}: power loss took some of it back`)
}

async function undoes(opening: Opening): Promise<void> {
  const scene = await Scene.open(opening)
  const first = await scene.plan()
  const before = await scene.world()
  await scene.apply()
  const applied = await scene.world()
  for (const round of ['first', 'second']) {
    const undone = await scene.undo()
    const where = `${opening.where}: ${round} undo`
    if (scene.sample.isFinal === true) {
      assert.equal(undone.status, 'failed', where)
      assert.deepEqual(await scene.world(), applied, where)
    } else {
      assert.equal(undone.status, 'undone', where)
      assert.deepEqual(await scene.world(), before, where)
      assert.deepEqual(await scene.plan(), first, where)
      assert.deepEqual(await scene.on(scene.host.disk.crash()).plan(), first, `${where}: power loss took it back`)
    }
  }
}

// Each power loss leaves something else.
const crashesPerOperation = 3

/** At operation 1, then 2, … until it ends before that one; and each time on from there in both directions. */
async function survives(opening: Opening, how: End, act: 'apply' | 'undo'): Promise<void> {
  const {before, after, action} = await endsOf(opening)
  const isFinal = opening.sample.isFinal === true
  if (action !== 'change' || (act === 'undo' && isFinal)) return
  const onward = isFinal ? (['apply'] as const) : (['undo', 'apply'] as const)
  const salts = Array.from({length: how === 'crash' ? crashesPerOperation : 1}, (_, salt) => salt)
  const ways = onward.flatMap((on) => salts.map((salt) => ({on, salt})))
  for (let operation = 1, isReached = true; isReached; operation += 1) {
    for (const {on, salt} of ways) {
      const where = `${opening.where}: ${how} at operation ${operation} of ${act}, then ${on}`
      const ended = await brokenOff({...opening, where}, {how, act, operation, salt})
      isReached = ended.isReached
      await seeBeforeOrAfter(ended.scene, {before, after, where, isFinal})
      if (on === 'undo') await seeUndone(ended.scene, before, where)
      else await seeApplied(ended.scene, after, where)
    }
  }
}

async function endsOf(opening: Opening): Promise<{before: World; after: World; action: Outlook['action']}> {
  const scene = await Scene.open(opening)
  const before = await scene.world()
  const {action} = await scene.plan()
  await scene.apply()
  return {before, after: await scene.world(), action}
}

interface Break {
  readonly how: End
  readonly act: 'apply' | 'undo'
  readonly operation: number
  readonly salt: number
}

/** The world after a step was broken off at that operation, and whether it ever got there. */
async function brokenOff(
  opening: Opening,
  {how, act, operation, salt}: Break
): Promise<{scene: Scene; isReached: boolean}> {
  const scene = await Scene.open(opening)
  if (act === 'undo') await scene.apply()
  // Another process, so that its operations are counted from its start.
  const disk = scene.host.disk.kill(how === 'fail' ? {failAt: operation} : {})
  for (let skip = 0; skip < salt; skip += 1) disk.crash()
  const looked = scene.on(disk)
  if (how === 'fail') {
    const offset = act === 'apply' ? await operationsOfPlanning(opening) : 0
    const failing = act === 'apply' ? scene.on(disk.kill({failAt: offset + operation})) : looked
    const result = act === 'apply' ? await failing.apply() : await failing.undo()
    assert.equal(failing.host.disk.openFiles, 0, `${opening.where}: a file was left open`)
    const isReached = failing.host.disk.failed
    if (!isReached) assert.notEqual(result === 'nothing' ? 'done' : result.status, 'failed', opening.where)
    return {scene: scene.on(failing.host.disk.kill()), isReached}
  }
  const ending = endingAt(disk, operation, how)
  const acted = act === 'apply' ? looked.apply(ending.disk) : looked.undo(ending.disk)
  // What a dead process would have come to is of no interest.
  await acted.catch((cause: unknown) => {
    if (ending.left === undefined) throw cause
  })
  return {scene: scene.on(ending.left ?? disk.kill()), isReached: ending.left !== undefined}
}

async function operationsOfPlanning(opening: Opening): Promise<number> {
  const scene = await Scene.open(opening)
  const disk = scene.host.disk.kill()
  await scene.on(disk).plan()
  return disk.operations
}

interface Ends {
  readonly before: World
  readonly after: World
  readonly where: string
  readonly isFinal: boolean
}

/** Each name means what it meant before, or what it means afterwards; and unless it was to go for good, nothing is lost. */
async function seeBeforeOrAfter(scene: Scene, {before, after, where, isFinal}: Ends): Promise<void> {
  const found = await scene.world()
  const paths = new Set([...before.disk.keys(), ...after.disk.keys()])
  for (const path of paths) {
    if (!isFinal && isOurOwn(path)) continue
    const [old, wanted, here] = [before, after, found].map(({disk}) => essence(disk.get(path)))
    assert.ok(here === old || here === wanted, `${where}: ${JSON.stringify(path)} is neither before nor after: ${here}`)
  }
  const kept = new Set([...found.disk.values()].map(({content}) => content))
  const due = isFinal ? after : before
  for (const [path, {content}] of due.disk) assert.ok(kept.has(content), `${where}: ${JSON.stringify(path)} is lost`)
}

async function seeUndone(scene: Scene, before: World, where: string): Promise<void> {
  const undone = await scene.undo()
  const why = undone.status === 'failed' ? undone.fault.message : ''
  assert.equal(undone.status, 'undone', `${where}: ${why}`)
  assert.deepEqual((await scene.world()).disk, before.disk, where)
  const later = await treeOf(scene.host.disk.crash())
  for (const [path, node] of before.disk)
    assert.equal(essence(later.get(path)), essence(node), `${where}, then power loss`)
  for (const path of later.keys())
    assert.ok(isOurOwn(path) || before.disk.has(path), `${where}, then power loss: ${path}`)
}

async function seeApplied(scene: Scene, after: World, where: string): Promise<void> {
  const applied = await scene.apply()
  const why = applied !== 'nothing' && applied.status === 'failed' ? applied.fault.message : ''
  assert.ok(applied === 'nothing' || applied.status === 'done', `${where}: ${why}`)
  assert.equal((await scene.plan()).action, 'nothing', where)
  const found = await scene.world()
  for (const [path, node] of after.disk) {
    if (!isOurOwn(path)) assert.equal(essence(found.disk.get(path)), essence(node), `${where}: ${JSON.stringify(path)}`)
  }
}

interface World {
  readonly disk: ReadonlyMap<string, Node>
  readonly state: unknown
}

interface Node {
  readonly kind: string
  readonly content: string
  readonly owner: string
  /** Which file it is, and since when it has this content. */
  readonly identity: string
}

function essence(node: Node | undefined): string {
  return node === undefined ? 'nothing' : [node.kind, node.owner, node.content].join(' ')
}

function isOurOwn(path: string): boolean {
  return path.includes('/.logcaster-')
}

/** Everything on the disk, but for holding folders with nothing in them. */
async function treeOf(disk: SimDisk, folder = '/'): Promise<Map<string, Node>> {
  const tree = new Map<string, Node>()
  for (const name of (await disk.list(folder)).sort()) {
    const path = join(folder, name)
    const stat = await disk.lstat(path)
    assert.ok(stat !== undefined)
    const {kind, uid, gid, mode, inode, modifiedMs} = stat
    const below = kind === 'directory' ? await treeOf(disk, path) : new Map<string, Node>()
    if (kind === 'directory' && below.size === 0 && isOurOwn(path)) continue
    const content = kind === 'file' ? contentOf(disk.files().get(path) ?? new Uint8Array(0)) : ''
    const owner = `${uid}:${gid} ${mode.toString(8)}`
    tree.set(path, {kind, content, owner, identity: kind === 'file' ? `${inode} ${modifiedMs}` : ''})
    for (const [one, node] of below) tree.set(one, node)
  }
  return tree
}

function contentOf(bytes: Uint8Array): string {
  return `${bytes.length} bytes ${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}

/** Names that somebody could give a file to fool us, and plain ones. */
export const hardNames: readonly string[] = [
  'app.log',
  '-rf',
  'two\nlines',
  '\u001b[31mred',
  ' ',
  '로그 파일.log',
  'x'.repeat(255),
  '가'.repeat(85),
  '$(reboot)',
  '.hidden'
]

export function nameFor(random: Seeded): string {
  return basename(random.pick(hardNames))
}
