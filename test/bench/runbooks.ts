import fs from 'node:fs'
import path from 'node:path'
import {look} from '../../src/runbook/look.ts'
import {kinds} from '../../src/runbook/kinds.ts'
import {plan, subjectsOf, type PlanPlace} from '../../src/runbook/plan.ts'
import type {Draft} from '../../src/runbook/draft.ts'
import {loadedWith} from '../checks/context.ts'
import {simHost} from '../sim/host.ts'
import {runIn, writeJournal} from './journal.ts'
import {interleaved, median, type Case, type Extent, type Goal} from './measure.ts'

interface Ground {
  readonly logcaster: string
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
}

/** What a run, a plan and the list of past runs cost beyond the start of a command that does next to nothing. */
export async function ofRunbooks({rounds, runs}: Omit<Extent, 'lines'>, ground: Ground): Promise<readonly Goal[]> {
  const {logcaster, env} = ground
  const start: Case = {name: 'daily-check --list', argv: [logcaster, 'daily-check', '--list'], exitCodes: [0]}
  const twenty = runOfTwenty(ground)
  // The first run is the sample that the long journal is made of.
  interleaved([twenty], 1, env)
  const past = path.join(ground.folder, 'past')
  await writeJournal(past, runIn(String(env['LOGCASTER_PATHS_STATE'])), runs)
  const list: Case = {
    name: 'runs list --all',
    argv: [logcaster, 'runs', 'list', '--all'],
    exitCodes: [0],
    env: {LOGCASTER_PATHS_STATE: past}
  }
  const [base = 0, ran = 0, listed = 0] = interleaved([start, twenty, list], rounds, env).map((row) => row.medianMs)
  return [
    goal('a run of 20 file.write, beyond the start', (ran - base) / 1000, {unit: 's', must: 0.5}),
    goal('a plan of 200 file.write', await planning(Math.max(3, rounds)), {unit: 'ms', must: 50}),
    goal(`runs list --all over ${runs}, beyond the start`, (listed - base) / 1000, {unit: 's', must: 0.5})
  ]
}

function goal(name: string, value: number, {unit, must}: Pick<Goal, 'unit' | 'must'>): Goal {
  return {name, value, unit, must, aim: null}
}

/** Files that are not there yet, on the disk of the temporary folder: most of the time is the disk's, for what is synced. */
function runOfTwenty({logcaster, folder}: Ground): Case {
  const written = path.join(folder, 'written')
  const runbook = path.join(folder, 'twenty.yaml')
  const steps = Array.from({length: 20}, (_, at) => {
    return `  - {use: file.write, with: {path: ${written}/${at}.txt, content: 'file ${at}'}}`
  })
  fs.writeFileSync(runbook, ['about: Writes twenty files', 'steps:', ...steps, ''].join('\n'), {mode: 0o600})
  const prepare = (): void => {
    fs.rmSync(written, {recursive: true, force: true})
    fs.mkdirSync(written)
  }
  const argv = [logcaster, 'runbook', 'run', runbook, '--quiet'] as const
  return {name: 'a run of 20 file.write', argv, exitCodes: [0], prepare}
}

/** The median time to plan by facts that are known already, in milliseconds. */
async function planning(rounds: number): Promise<number> {
  const host = simHost({seed: 1})
  host.disk.putFolder('/srv/data')
  const {config} = await loadedWith([])
  const at: PlanPlace = {run: {id: 'bench', startedMs: host.clock.now()}, config, uid: 0}
  const drafts = Array.from({length: 200}, (_, index) => writing(index))
  const facts = await look(subjectsOf(drafts, at), host, new AbortController().signal)
  const intent = {runbook: 'bench', drafts, locks: [], timeoutMs: 60_000, until: null, warnings: []}
  const times = Array.from({length: rounds}, () => {
    const begunMs = performance.now()
    const {steps, refusals} = plan(intent, facts, at)
    const tookMs = performance.now() - begunMs
    if (steps.length !== drafts.length || refusals.length > 0) throw new Error('the plan is not whole')
    return tookMs
  })
  return median(times)
}

function writing(index: number): Draft {
  const kind = kinds.find(({name}) => name === 'file.write')
  if (kind === undefined) throw new Error('there is no file.write')
  return {
    number: index + 1,
    id: `write-${index}`,
    kind,
    folder: '/srv',
    inputs: {path: `/srv/data/${index}.txt`, content: `file ${index}`},
    when: 'yes',
    needs: [],
    timeoutMs: 60_000,
    retry: {times: 0, backoffMs: 0},
    onFailure: 'stop'
  }
}
