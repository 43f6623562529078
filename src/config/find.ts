/** What of the machine decides where things are looked for. */
export interface Surroundings {
  readonly uid: number
  readonly home: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface Search {
  /** Absolute; the first that exists counts. */
  readonly paths: readonly string[]
  /** Somebody named it: then it has to be there. */
  readonly isNamed: boolean
}

/**
 * Where the configuration may be. As root the working directory is not searched: whoever can write where root happens
 * to stand would give root its orders.
 */
export function find(flag: string | undefined, {uid, home, cwd, env}: Surroundings): Search {
  const named = flag ?? nonEmpty(env['LOGCASTER_CONFIG'])
  if (named !== undefined) return {paths: [absolute(named, cwd)], isNamed: true}
  if (uid === 0) return {paths: ['/etc/logcaster/logcaster.yaml'], isNamed: false}
  const folder = xdgFolder(env['XDG_CONFIG_HOME'], `${home}/.config`)
  return {paths: [absolute('logcaster.yaml', cwd), `${folder}/logcaster/logcaster.yaml`], isNamed: false}
}

/** Where logcaster keeps what it remembers between runs. `state` is the setting `paths.state`. */
export function stateFolder(state: string | null, {uid, home, env}: Omit<Surroundings, 'cwd'>): string {
  if (state !== null) return state
  if (uid === 0) return '/var/lib/logcaster/state'
  return `${xdgFolder(env['XDG_STATE_HOME'], `${home}/.local/state`)}/logcaster`
}

/** The XDG specification: a relative path in one of its variables is to be ignored. */
function xdgFolder(given: string | undefined, usual: string): string {
  return given?.startsWith('/') === true ? given : usual
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function absolute(path: string, cwd: string): string {
  return path.startsWith('/') ? path : `${cwd === '/' ? '' : cwd}/${path.replace(/^(?:\.\/+)+/, '')}`
}
