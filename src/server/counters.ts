import type {FramingTally, Protocol} from './framing.ts'

/** What the ingest port counts: plain numbers that metrics and answers read. All but `connections` only grow. */
export interface IngestCounters {
  /** There now, without those that were turned away. */
  connections: number
  connectionsTotal: number
  /** Turned away, since there were as many as may be. */
  rejected: number
  /** By the way in which they came. */
  readonly records: Record<Protocol, number>
  /** As they were stored, with line ends. */
  readonly bytes: Record<Protocol, number>
  readonly framing: FramingTally
  /** Connections that were answered and closed: binary protocols, questions of browsers and health checks. */
  unsupported: number
  strayHttp: number
  /** First lines of LOGCASTER/1 that were refused, or did not come. */
  refusedSessions: number
  /** Lines `SLOW_DOWN` that were said; those that were not, and `RESUME`, since the peer does not read. */
  slowDowns: number
  unsaid: number
  /** How often the queue was full, so that nobody was read. */
  stalls: number
  /** Unfinished lines that gave way for want of room: cut, or with nothing to be cut, hung up on. */
  crowdedOut: number
  /** Peers of LOGCASTER/1 that were hung up on since they do not read their ACKs. */
  deafPeers: number
  /** Connections that ended by an error: reset, timed out. */
  broken: number
  /** Connections that were still there at the end of the time to drain. */
  abandoned: number
  /** Bytes that were read and belong to no record: questions, binary, what follows a last answer, records without a number. */
  discardedBytes: number
  /** Turns in which reads were gathered by a short wait. */
  gatheredTurns: number
}

export function newCounters(): IngestCounters {
  return {
    connections: 0,
    connectionsTotal: 0,
    rejected: 0,
    records: byProtocol(),
    bytes: byProtocol(),
    framing: {truncatedRecords: 0, skippedBytes: 0, framingErrors: 0},
    unsupported: 0,
    strayHttp: 0,
    refusedSessions: 0,
    slowDowns: 0,
    unsaid: 0,
    stalls: 0,
    crowdedOut: 0,
    deafPeers: 0,
    broken: 0,
    abandoned: 0,
    discardedBytes: 0,
    gatheredTurns: 0
  }
}

function byProtocol(): Record<Protocol, number> {
  return {raw: 0, syslog: 0, 'syslog-octet': 0, 'syslog-nul': 0, json: 0, logcaster: 0}
}
