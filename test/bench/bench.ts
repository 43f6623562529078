/**
 * `npm run bench [ROUNDS]`: what start-up and the daily check cost, as ratios to a bare Node in the same run, and what runs
 * cost beyond a start. Times of a single machine mean nothing; ratios travel. Ends with 1 when a "must" is missed.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import {footprint, interleaved, median, type Case, type Extent, type Goal} from './measure.ts'
import {ofRunbooks} from './runbooks.ts'
import {ofServer} from './server/server.ts'

const checkout = path.join(import.meta.dirname, '../..')
const logcaster = path.join(checkout, 'bin/logcaster')

export async function bench({rounds, runs, lines}: Extent): Promise<readonly Goal[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'logcaster-bench-'))
  try {
    const env = environment(folder)
    const few = Math.max(1, Math.ceil(rounds / 3))
    return [
      ...startUp(rounds, env),
      ...(await dailyCheck(few, env)),
      ...(await ofRunbooks({rounds: few, runs}, {logcaster, folder, env})),
      ...(await ofServer({rounds: few, lines}, {logcaster, folder}))
    ]
  } finally {
    fs.rmSync(folder, {recursive: true, force: true})
  }
}

/** A user without a configuration, on a machine where nothing is set up. */
function environment(folder: string): NodeJS.ProcessEnv {
  const config = path.join(folder, 'logcaster.yaml')
  fs.writeFileSync(config, '', {mode: 0o600})
  const {PATH} = process.env
  return {PATH, HOME: folder, LOGCASTER_CONFIG: config, LOGCASTER_PATHS_STATE: path.join(folder, 'state')}
}

function startUp(rounds: number, env: NodeJS.ProcessEnv): Goal[] {
  const cases: readonly Case[] = [
    {name: 'node -e 0', argv: [process.execPath, '-e', '0'], exitCodes: [0]},
    {name: 'logcaster --version', argv: [logcaster, '--version'], exitCodes: [0]},
    {name: 'logcaster --help', argv: [logcaster, '--help'], exitCodes: [0]},
    {name: 'logcaster daily-check --list', argv: [logcaster, 'daily-check', '--list'], exitCodes: [0]}
  ]
  const limits = [
    {must: 1, aim: null},
    {must: 1.3, aim: 1.15},
    {must: 2.6, aim: 1.3},
    {must: 3, aim: 2.3}
  ]
  return interleaved(cases, rounds, env).map(({name, ratio}, at) => {
    return {name, value: ratio, unit: '× node -e 0', must: limits[at]?.must ?? Number.NaN, aim: limits[at]?.aim ?? null}
  })
}

async function dailyCheck(rounds: number, env: NodeJS.ProcessEnv): Promise<Goal[]> {
  // Any verdict counts: whether the machine is healthy is not what is measured.
  const one: Case = {name: 'daily-check', argv: [logcaster, 'daily-check', '--json'], exitCodes: [0, 1, 2, 3]}
  const runs = []
  for (let round = 0; round < rounds; round += 1) runs.push(await footprint(one, env))
  const beyond = runs.map(({wallMs, stdout}) => wallMs - slowestCheckMs(stdout))
  return [
    {
      name: 'daily-check, wall time',
      value: median(runs.map(({wallMs}) => wallMs)) / 1000,
      unit: 's',
      must: 0.6,
      aim: null
    },
    {name: 'daily-check, beyond its slowest check', value: median(beyond) / 1000, unit: 's', must: 0.3, aim: null},
    {
      name: 'daily-check, peak memory',
      value: median(runs.map(({peakBytes}) => peakBytes)) / 2 ** 20,
      unit: 'MiB',
      must: 120,
      aim: null
    }
  ]
}

function slowestCheckMs(stdout: string): number {
  const {checks} = JSON.parse(stdout) as {checks: readonly {duration_ms: number}[]}
  return Math.max(...checks.map((check) => check.duration_ms))
}

function isMissed({value, isMoreBetter}: Goal, limit: number): boolean {
  return isMoreBetter === true ? value < limit : value > limit
}

function rowOf(goal: Goal): string {
  const {name, value, unit, must, aim} = goal
  const verdict = isMissed(goal, must) ? 'MISSED' : aim !== null && isMissed(goal, aim) ? 'ok' : 'good'
  const limits = `must ${must}${aim === null ? '' : `, aim ${aim}`}`
  return `${name.padEnd(48)} ${value.toFixed(2).padStart(8)} ${unit.padEnd(12)} (${limits}) ${verdict}`
}

if (import.meta.main) {
  const rounds = Number(process.argv[2] ?? 15)
  const goals = await bench({rounds, runs: 10_000, lines: 10_000_000})
  process.stdout.write(goals.map((goal) => `${rowOf(goal)}\n`).join(''))
  process.exitCode = goals.some((goal) => isMissed(goal, goal.must)) ? 1 : 0
}
