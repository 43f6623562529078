import {readdirSync, readFileSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {Fault} from '../base/fault.ts'
import type {Clock} from './clock.ts'
import {sleep} from './clock.ts'

/**
 * Finds and ends what a program leaves running. A process that called `setsid` is in no group of ours any more and has
 * another parent, but it still carries the environment it was started with, and in it the mark of the run. One that
 * cleared its environment is found as long as it stayed in the session. One that did both is not found.
 */
export const markName = 'LOGCASTER_CHILD'

/** For what is to outlive the run that starts it. */
export function withoutMark(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== markName))
}

/** All that one run started: its first process, which leads a session and a group of its own, and every descendant. */
export interface Family {
  readonly leader: number
  readonly mark: string
  /** No descendant is older than the leader, so whatever started earlier need not be looked at. */
  readonly startTicks: number
}

interface Member {
  readonly pid: number
  readonly state: string
  /** On its way out: it lets go of its pipes before it leaves `/proc`, and needs nobody to end it. */
  readonly isEnding: boolean
  readonly group: number
  readonly session: number
  readonly startTicks: number
}

/** To be called in the turn that started the leader: until then not even a leader that has ended leaves `/proc`. */
export function familyOf(leader: number, mark: string, folder = '/proc'): Family {
  return {leader, mark, startTicks: readMember(folder, String(leader))?.startTicks ?? 0}
}

/** The pid, unless it is one that never means a single process of somebody else's: 0 is our own group, 1 is init. */
export function protect(pid: number): number {
  if (!Number.isSafeInteger(pid) || pid < 2) throw new Fault('process-protected', {pid})
  return pid
}

/** Signals everyone who stayed in the group; that nobody is left in it is fine. */
export function signalGroup(leader: number, name: NodeJS.Signals): void {
  isSent(-protect(leader), name)
}

// A process killed here may still be starting another one: looking again finds that one, too.
const roundsMax = 20
const roundPauseMs = 10

export interface Hunt {
  readonly family: Family
  /** The group has had its SIGKILL: who is in it is waited for, but neither signalled again nor counted. */
  readonly isGroupKilled: boolean
  /** Takes a word for each process that had to be ended by itself; filled as it happens, since the wait may be cut short. */
  readonly ended: Set<string>
}

/** Ends everyone who is left, again and again until nobody is, or the rounds are used up on one that cannot die. */
export async function endStrays(clock: Clock, hunt: Hunt): Promise<void> {
  for (let round = 0; round < roundsMax; round += 1) {
    const living = await livingMembers(hunt.family)
    if (living.length === 0) return
    for (const {pid, group, startTicks, isEnding} of living) {
      if (isEnding || (hunt.isGroupKilled && group === hunt.family.leader)) continue
      if (isSent(protect(pid), 'SIGKILL')) hunt.ended.add(`${pid} since ${startTicks}`)
    }
    await sleep(clock, roundPauseMs)
  }
}

/** Members that can still run. The folder is `/proc`; another one is for tests. */
export async function livingMembers(family: Family, folder = '/proc'): Promise<Member[]> {
  const living: Member[] = []
  for (const name of namesIn(folder)) {
    const process = readMember(folder, name)
    if (process === undefined || /[ZX]/.test(process.state) || process.startTicks < family.startTicks) continue
    if (process.session === family.leader || (await isMarked(process, family.mark, folder))) living.push(process)
  }
  return living
}

// PF_EXITING of the kernel.
const endingFlag = 0x4

/** Reads without waiting: the kernel answers these from memory, and some hundred of them cost a few milliseconds. */
function readMember(folder: string, name: string): Member | undefined {
  if (!/^\d+$/.test(name)) return undefined
  try {
    const line = readFileSync(`${folder}/${name}/stat`, 'latin1')
    // The second field is the program's name in brackets, and a name may hold blanks and brackets itself.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
    const [state = '', , group, session] = fields
    return {
      pid: Number(name),
      state,
      isEnding: (Number(fields[6]) & endingFlag) !== 0,
      group: Number(group),
      session: Number(session),
      startTicks: Number(fields[19])
    }
  } catch {
    // It ended between the listing and the reading.
    return undefined
  }
}

async function isMarked(process: Member, mark: string, folder: string): Promise<boolean> {
  // To read the environment of a process that waits for a dead disk can take as long as its wait.
  if (process.state === 'D') return false
  try {
    return (await readFile(`${folder}/${process.pid}/environ`)).includes(mark)
  } catch {
    // Ended meanwhile, or somebody else's, which we could not end either.
    return false
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // Without `/proc` only the group can be ended.
    return []
  }
}

function isSent(target: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(target, name)
    return true
  } catch {
    // Gone already, which is what was wanted, or not ours to signal, which the next round cannot change.
    return false
  }
}
