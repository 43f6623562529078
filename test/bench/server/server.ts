import {spawnSync} from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import {median, type Extent, type Goal} from '../measure.ts'
import {against, measure, ours, sink, type Contender, type Load, type Result} from './contenders.ts'
import {ofConnections, ofLatency} from './connections.ts'
import {ofRecovery, ofStall} from './disk.ts'
import {rsyslog, syslogNg} from './rivals.ts'

export interface Ground {
  readonly logcaster: string
  readonly folder: string
}

const corpusBytes = 256 << 20
const bytesPerLine = 112

/**
 * The log server against what the machine itself can do (a sink in C) and against others that write lines to a file. All
 * of a group take turns, round by round, and send the same lines. What is not installed here is left out.
 */
export async function ofServer(extent: Pick<Extent, 'rounds' | 'lines'>, ground: Ground): Promise<readonly Goal[]> {
  // In memory where there is such a place: the disk is to be the servers' alone.
  const fast = fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : ground.folder, 'logcaster-bench-'))
  try {
    const load = prepare(ground.folder, path.join(fast, 'corpus'), extent.lines)
    return load === undefined ? [] : await all({...extent, ...ground, load})
  } finally {
    fs.rmSync(fast, {recursive: true})
  }
}

async function all(bench: Bench): Promise<readonly Goal[]> {
  const data = (name: string): string => path.join(bench.folder, name)
  const wal = (durability: string): Contender => {
    const argv = [
      '--data-dir',
      data(durability),
      '--durability',
      durability,
      '--retain-bytes',
      '1GiB',
      '--min-free',
      '1MiB'
    ]
    return ours(bench.logcaster, durability, argv)
  }
  return [
    ...(await inMemory(bench)),
    ...(await onDisk(bench, [wal('os'), wal('commit')])),
    ...(await oneByOne(bench, wal('os'))),
    ...(await ofConnections(bench)),
    ...(await ofLatency(bench)),
    ...(await ofRecovery(bench, data('os'))),
    ...(await ofStall(bench))
  ]
}

export interface Bench extends Ground {
  readonly load: Load
  readonly rounds: number
  /** Sent to a server of ours in a round; slower ones get a part of it. */
  readonly lines: number
}

async function inMemory({logcaster, folder, load, rounds, lines}: Bench): Promise<Goal[]> {
  const contenders = [sink(path.join(folder, 'sink')), ours(logcaster, 'memory', [])]
  const [limit = [], memory = []] = await inTurn(contenders, rounds, (contender) => {
    return measure(contender, load, {mode: 'blast', connections: 8, lines})
  })
  return [more('in memory: lines/s', ratio(memory, limit, speed), {unit: '× C sink', must: 0.6, aim: 0.9})]
}

/** Others get a tenth of the lines: that takes them as long as all of it takes us. */
async function onDisk({folder, load, rounds, lines}: Bench, [os, commit]: readonly Contender[]): Promise<Goal[]> {
  if (os === undefined || commit === undefined) return []
  const others = [rsyslog, syslogNg].filter((rival) => rival.isThere()).map((rival) => against(rival, folder))
  const acked = {...commit, name: 'acked'}
  const all = [os, commit, acked, ...others]
  const results = await inTurn(all, rounds, (contender) => {
    const mode = contender === acked ? 'acked' : 'blast'
    return measure(contender, load, {mode, connections: 8, lines: others.includes(contender) ? lines / 10 : lines})
  })
  const [written = [], synced = [], acknowledged = []] = results
  const goals = [
    more('LOGCASTER/1 ack=commit: lines/s', ratio(acknowledged, synced, speed), {
      unit: '× raw commit',
      must: 0.5,
      aim: 0.9
    })
  ]
  for (const [at, {name}] of others.entries()) {
    const theirs = results[at + 3] ?? []
    const unit = `× ${name.split(' ')[0] ?? ''}`
    goals.push(
      more('WAL, os: lines/s', ratio(written, theirs, speed), {unit, must: 8, aim: 12}),
      less('WAL, os: CPU a line', ratio(written, theirs, cpu), {unit, must: 0.1, aim: 1 / 18}),
      more('WAL, commit: lines/s', ratio(synced, theirs, speed), {unit, must: 5, aim: 10})
    )
  }
  return goals
}

async function oneByOne({folder, load, rounds, lines}: Bench, os: Contender): Promise<Goal[]> {
  if (!rsyslog.isThere()) return []
  const [own = [], theirs = []] = await inTurn([os, against(rsyslog, folder)], rounds, (contender) => {
    return measure(contender, load, {mode: 'line', connections: 100, lines: lines / 10})
  })
  return [less('one send a line: CPU a line', ratio(own, theirs, cpu), {unit: '× rsyslog', must: 0.6, aim: 0.35})]
}

/** One round more than is counted: files are made in it that later rounds find. */
async function inTurn<Item>(
  contenders: readonly Contender[],
  rounds: number,
  run: (contender: Contender) => Promise<Item>
): Promise<Item[][]> {
  const results = contenders.map((): Item[] => [])
  for (let round = 0; round <= rounds; round += 1) {
    for (const [at, contender] of contenders.entries()) {
      const result = await run(contender)
      if (round > 0) results[at]?.push(result)
    }
  }
  return results
}

const speed = ({linesPerSecond}: Result): number => linesPerSecond
const cpu = ({cpuPerMillion}: Result): number => cpuPerMillion

function ratio(own: readonly Result[], base: readonly Result[], of: (result: Result) => number): number {
  return median(own.map(of)) / median(base.map(of))
}

type Limits = Pick<Goal, 'unit' | 'must' | 'aim'>

export function more(name: string, value: number, limits: Limits): Goal {
  return {name, value, ...limits, isMoreBetter: true}
}

export function less(name: string, value: number, limits: Limits): Goal {
  return {name, value, ...limits}
}

/** Undefined where there is no C compiler. */
function prepare(folder: string, corpus: string, lines: number): Load | undefined {
  for (const name of ['corpus', 'sink', 'load']) {
    const source = path.join(import.meta.dirname, `${name}.c`)
    const {error, status} = spawnSync('cc', ['-O2', '-o', path.join(folder, name), source], {stdio: 'inherit'})
    if (error !== undefined) return undefined
    if (status !== 0) throw new Error(`${name}.c does not compile`)
  }
  const bytes = Math.min(corpusBytes, lines * bytesPerLine)
  if (spawnSync(path.join(folder, 'corpus'), [corpus, String(bytes)]).status !== 0) throw new Error('no corpus')
  return {program: path.join(folder, 'load'), corpus}
}
