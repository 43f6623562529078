import {homedir, hostname, userInfo} from 'node:os'

/** Who and where we are. Read once at the start; nothing else reads the environment. */
export interface Machine {
  readonly hostname: string
  readonly user: string
  readonly uid: number
  readonly pid: number
  readonly home: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
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
    env: process.env
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
