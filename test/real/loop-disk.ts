import {execFileSync, spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statfsSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import type {TestContext} from 'node:test'
import {lacking, unlessRoot, type Place} from '../cli/run.ts'

/**
 * An ext4 file system of its own, in a file, which can be filled up, frozen and covered. It is mounted where only what
 * runs in its mounts sees it, and goes away with the process that keeps these mounts: at the end of the test, or when
 * whoever runs the test is killed.
 */
export interface LoopDisk {
  /** Its folder, as seen by what runs in its mounts. */
  readonly folder: string
  /** The same folder, as seen by everybody else. */
  readonly seen: string
  /** The place of the test, where everything that is started runs in its mounts. */
  readonly at: Place
  /** Runs a shell script in its mounts and in its folder. */
  sh(script: string): void
  freeBytes(): number
}

/** Why there can be none here. */
export function loopDiskObstacle(): string | false {
  const missing = unlessRoot('unshare', 'nsenter', 'mount', 'mkfs.ext4', 'fsfreeze')
  if (missing !== false) return missing
  return existsSync('/dev/loop-control') ? lacking('losetup') : 'needs loop devices'
}

export async function loopDisk(t: TestContext, at: Place, mebibytes: number): Promise<LoopDisk> {
  // Not in the place of the test: to remove what something is mounted on takes the mount away, frozen or not.
  const own = mkdtempSync(join(realpathSync(tmpdir()), 'logcaster-disk-'))
  const folder = join(own, 'disk')
  mkdirSync(folder)
  const image = join(own, 'image')
  const keeper = spawn('unshare', ['--mount', 'sh', '-euc', keeping, 'sh', image, folder, `${mebibytes}M`], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {PATH: path}
  })
  t.after(async () => {
    await release(keeper)
    rmSync(own, {recursive: true})
  })
  const lines = createInterface({input: keeper.stdout})
  await Promise.race([once(lines, 'line'), once(keeper, 'close').then(() => Promise.reject(new Error('no loop disk')))])
  const seen = join(`/proc/${keeper.pid ?? ''}/root`, folder)
  const under = ['nsenter', `--mount=/proc/${keeper.pid ?? ''}/ns/mnt`, '--']
  const start: Place['start'] = (argv, given = {}) => {
    return at.start(argv, {...given, under: [...under, ...(given.under ?? [])]})
  }
  return {
    folder,
    seen,
    at: {...at, start, run: (argv, given) => start(argv, given).ended},
    sh(script) {
      const [program, ...args] = [...under, 'sh', '-euc', `cd "$1"; ${script}`, 'sh', folder]
      execFileSync(program, args, {env: {PATH: path}})
    },
    freeBytes() {
      const {bavail, bsize} = statfsSync(seen)
      return bavail * bsize
    }
  }
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

// No blocks are kept for root, so that full is full. What is frozen would hold up even the kill of who writes there.
const keeping = `
  truncate --size="$3" "$1"
  mkfs.ext4 -q -F -m 0 "$1"
  mount -o loop "$1" "$2"
  cd "$2"
  echo ready
  cat > /dev/null
  fsfreeze --unfreeze . 2> /dev/null || true
`

async function release(keeper: ChildProcess): Promise<void> {
  keeper.stdin?.end()
  if (keeper.exitCode === null && keeper.signalCode === null) await once(keeper, 'close')
}
