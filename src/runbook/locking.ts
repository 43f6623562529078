import type {Scene} from '../checks/daily.ts'
import type {Config} from '../config/schema.ts'
import {journalFolder} from '../ledger/journal.ts'
import {preemptionMs, type LockWish} from '../ledger/locks.ts'
import type {Resource} from './runbook.ts'
import type {Plan} from './plan.ts'

/** Where things are that runs must not work on at the same time. */
export interface Estate {
  readonly config: Config
  readonly stateFolder: string
  /** Whether there is such a folder. */
  readonly isFolder: (path: string) => Promise<boolean>
}

/**
 * Locks are kept in the folder of what they protect, so that everybody who could change it meets them there. What has
 * no folder of its own is locked in the state folder, and so is the runbook itself: it never runs twice at once.
 */
export async function wishesFor(plan: Plan, estate: Estate): Promise<readonly LockWish[]> {
  const own: LockWish = {
    resource: `runbook-${plan.runbook.replaceAll(/[._]/g, '-')}`,
    folder: estate.stateFolder,
    mode: 'exclusive',
    preempts: []
  }
  const wishes = plan.locks.map(async (lock): Promise<LockWish> => {
    // Who runs it as a runbook of its own, and who as a command, is the same to whoever tells it to stop.
    const preempts = lock.preempts.flatMap((name) => [name, `runbook run ${name}`])
    return {...lock, preempts, folder: await folderFor(lock.resource, estate)}
  })
  return [own, ...(await Promise.all(wishes))]
}

// A step that was quick to do may be slow to undo, and its undo gets at least so long.
const undoMsMin = 60_000
const undoingMsMin = 600_000
const undoingMsMax = 86_400_000

/**
 * How long, from before they are waited for, a run can need its locks: past that, another machine takes them for left
 * behind. After its own deadline a run may still have each of its steps to put back.
 */
export function leaseMs({steps, timeoutMs}: Plan, waitMs: number): number {
  const undone = steps.filter(({outlook}) => {
    return outlook.action === 'change' ? outlook.isReversible : outlook.action === 'unknown'
  })
  const undoingMs = undone.reduce((sum, {draft}) => sum + Math.max(undoMsMin, draft.timeoutMs), 0)
  return waitMs + preemptionMs + timeoutMs + Math.min(undoingMsMax, Math.max(undoingMsMin, undoingMs))
}

/** Every folder that can hold a lock, for who lists them. */
export async function lockFolders(estate: Estate): Promise<readonly string[]> {
  const {data, logs} = estate.config.paths
  const folders = await Promise.all([data, logs].map((path) => orState(path, estate)))
  return [...new Set([...folders, estate.stateFolder, journalFolder(estate.stateFolder)])]
}

function folderFor(resource: Resource, estate: Estate): Promise<string> {
  const {data, logs} = estate.config.paths
  switch (resource) {
    case 'logs':
      return orState(logs, estate)
    case 'data':
    case 'service':
      return orState(data, estate)
    case 'backup-store':
    case 'incident':
    case 'scheduler':
    case 'sysctl':
      return Promise.resolve(estate.stateFolder)
  }
}

async function orState(path: string, {stateFolder, isFolder}: Estate): Promise<string> {
  return (await isFolder(path)) ? path : stateFolder
}

export function estateOf({host, loaded, stateFolder}: Pick<Scene, 'host' | 'loaded' | 'stateFolder'>): Estate {
  const isFolder = async (path: string): Promise<boolean> => (await host.disk.stat(path))?.kind === 'directory'
  return {config: loaded.config, stateFolder, isFolder}
}
