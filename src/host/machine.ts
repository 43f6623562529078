import {readlinkSync} from 'node:fs'
import {homedir, hostname, userInfo} from 'node:os'
import {isatty} from 'node:tty'

/** Who and where we are. Read once at the start; nothing else reads the environment. */
export interface Machine {
  readonly hostname: string
  readonly user: string
  readonly uid: number
  readonly pid: number
  readonly home: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The Node that runs us. */
  readonly execPath: string
  /** Our own first file, which it runs. */
  readonly script: string
  /** What we were called with, after our own name. */
  readonly argv: readonly string[]
  /** The terminal at our standard input: `/dev/pts/3`. Null where there is none. */
  readonly tty: string | null
}

export function realMachine(): Machine {
  const uid = process.getuid?.() ?? -1
  return {
    hostname: hostname(),
    user: userName(uid, process.env),
    uid,
    pid: process.pid,
    home: homedir(),
    cwd: workingFolder(),
    env: process.env,
    execPath: process.execPath,
    script: process.argv[1] ?? '',
    argv: process.argv.slice(2),
    tty: terminalName()
  }
}

function terminalName(): string | null {
  try {
    return isatty(0) ? readlinkSync('/proc/self/fd/0') : null
  } catch {
    // Its name is told to people who look for who did something; nothing depends on it.
    return null
  }
}

/** The user database may be a name server that does not answer, so it is asked last. */
function userName(uid: number, env: NodeJS.ProcessEnv): string {
  if (uid === 0) return 'root'
  if (env['USER'] !== undefined) return env['USER']
  try {
    return userInfo().username
  } catch {
    // A uid without an entry in the user database, as containers have them.
    return String(uid)
  }
}

function workingFolder(): string {
  try {
    return process.cwd()
  } catch {
    // Somebody has removed the folder we stand in. The kernel's name for it holds nothing and takes nothing, so that a
    // relative path is not found, instead of meaning another place; what is said with its full path works all the same.
    return '/proc/self/cwd'
  }
}
