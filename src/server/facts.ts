import type {Store} from '../store/store.ts'

/** What the ports tell about the server they belong to. All of it is read at the moment it is asked for. */
export interface ServerFacts {
  readonly version: string
  readonly store: Pick<Store, 'stats' | 'trouble' | 'durability' | 'damaged' | 'tornBytes'>
  state(): 'running' | 'closing'
  uptimeMs(): number
  /** Connections that send lines, now. */
  connections(): number
  /** Taken and not acknowledged yet, with the unfinished lines of all connections. */
  queueBytes(): number
  readonly queueBytesMax: number
}

export function queuePercent(facts: ServerFacts): number {
  return Math.round((100 * facts.queueBytes()) / facts.queueBytesMax)
}
