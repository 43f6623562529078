import {queuePercent, type ServerFacts} from './facts.ts'
import {jsonPage, type Page} from './page.ts'

/**
 * `degraded`: it takes lines, and somebody should look. It is still answered with 200, since whatever restarts a server
 * because of a full disk would only lose what waits for that disk. `unhealthy`: it takes no lines any more.
 */
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy'

/** The first four keys are those of the original server; others are only ever added behind them. */
export interface Health {
  readonly status: HealthStatus
  /** Whole seconds. */
  readonly uptime: number
  readonly connections: number
  readonly logs_processed: number
  readonly version: string
  readonly durability: string
  readonly wal: WalHealth | null
  readonly ring: {readonly lines: number; readonly bytes: number; readonly capacity: number}
  readonly queue: {readonly bytes: number; readonly percent: number}
  readonly reasons: readonly string[]
}

interface WalHealth {
  readonly bytes: number
  readonly segments: number
  /** When the oldest segment was begun; ISO 8601. */
  readonly oldest: string | null
  readonly corrupt_ranges: number
}

export function healthOf(facts: ServerFacts): Health {
  const {store} = facts
  const {ring, taken, wal} = store.stats()
  const reasons = reasonsOf(facts)
  return {
    status: facts.state() === 'closing' ? 'unhealthy' : reasons.length > 0 ? 'degraded' : 'healthy',
    uptime: Math.floor(facts.uptimeMs() / 1000),
    connections: facts.connections(),
    logs_processed: taken,
    version: facts.version,
    durability: store.durability,
    wal:
      wal === undefined
        ? null
        : {
            bytes: wal.bytes,
            segments: wal.segments,
            oldest: wal.oldestMs === undefined ? null : new Date(wal.oldestMs).toISOString(),
            corrupt_ranges: store.damaged.length
          },
    ring: {lines: ring.lines, bytes: ring.bytes, capacity: ring.capacityLines},
    queue: {bytes: facts.queueBytes(), percent: queuePercent(facts)},
    reasons
  }
}

function reasonsOf(facts: ServerFacts): string[] {
  const {trouble, damaged} = facts.store
  const reasons: string[] = []
  if (facts.state() === 'closing') reasons.push('closing: no new lines are taken')
  if (trouble !== undefined) reasons.push(`wal-${trouble.code}: nothing gets to the disk (${trouble.reason})`)
  if (damaged.length > 0)
    reasons.push(`wal-damaged: ${damaged.length} ranges of the log could not be read at the start`)
  if (queuePercent(facts) >= queuePercentMax) reasons.push('queue-full: senders are told to slow down, or not read')
  return reasons
}

/** From here on senders are slowed down. */
const queuePercentMax = 90

export function healthPage(facts: ServerFacts): Page {
  const health = healthOf(facts)
  return jsonPage(health.status === 'unhealthy' ? 503 : 200, health)
}

/** Whether lines may be sent here. */
export function readyPage(facts: ServerFacts): Page {
  if (facts.state() === 'running') return {status: 200, type: 'text/plain; charset=utf-8', body: 'ready\n'}
  return jsonPage(503, {status: 'closing'})
}
