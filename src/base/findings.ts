interface FindingKind<Values> {
  /** Only a type: what a sentence about this finding is made of. */
  readonly values?: Values
}

function kind<Values = NoValues>(): FindingKind<Values> {
  return {}
}

/** A finding that says all by its code. */
type NoValues = Readonly<Record<string, never>>

/**
 * Everything a check can say, good or bad. The status beside a finding says how bad it is; the sentence and the hint are
 * in `text/`. Names of values end in their unit: `…Ms` since 1970 or a duration, `…Bytes`, `…Percent`.
 */
export const findings = {
  // Any check
  'not-configured': kind<{setting: string}>(),
  'not-on-this-machine': kind<{what: string}>(),
  'no-history': kind(),
  'skipped-by-config': kind<{reason: string; until: string | null}>(),
  'skipped-because': kind<{parent: string}>(),
  'check-timed-out': kind<{deadlineMs: number}>(),
  'check-interrupted': kind(),
  'check-broke': kind<{detail: string}>(),
  'not-readable': kind<{path: string; reason: string}>(),
  'path-missing': kind<{path: string; setting: string}>(),
  'mount-silent': kind<{path: string; afterMs: number}>(),
  'program-missing': kind<{program: string}>(),
  'program-failed': kind<{program: string; how: string; detail: string}>(),

  // service.state, service.restarts
  'service-up': kind<{unit: string; sub: string; sinceMs: number | null}>(),
  'service-down': kind<{unit: string; active: string; result: string}>(),
  'service-failed': kind<{unit: string; result: string}>(),
  'service-start-limited': kind<{unit: string; restarts: number; result: string}>(),
  'service-frozen': kind<{unit: string; pid: number}>(),
  'service-changing': kind<{unit: string; active: string; sub: string}>(),
  'service-ignores-stop': kind<{unit: string; pid: number}>(),
  'service-unknown-unit': kind<{unit: string}>(),
  'service-masked': kind<{unit: string}>(),
  'service-no-manager': kind<{unit: string}>(),
  'service-unanswered': kind<{unit: string; reason: string}>(),
  'service-restarts': kind<{unit: string; growth: number; total: number; sinceMs: number}>(),

  // port.ingest, port.query, port.health
  'port-answers': kind<{address: string; protocol: string; connectedMs: number}>(),
  'port-open': kind<{address: string; connectedMs: number}>(),
  'port-unreachable': kind<{address: string; reason: string}>(),
  'port-unresolved': kind<{host: string; reason: string}>(),
  'port-silent': kind<{address: string; protocol: string}>(),
  'port-wrong-protocol': kind<{address: string; protocol: string; got: string}>(),
  'port-unhealthy': kind<{address: string; state: string}>(),
  'server-connections': kind<{connections: number}>(),
  'server-counters': kind<{total: number; dropped: number; current: number}>(),

  // disk.space, disk.inodes, disk.forecast
  'disk-free': kind<{path: string; freePercent: number; freeBytes: number; totalBytes: number}>(),
  'disk-read-only': kind<{path: string; mount: string}>(),
  'inodes-free': kind<{path: string; freePercent: number; free: number; total: number}>(),
  'inodes-unlimited': kind<{path: string}>(),
  'disk-full-in': kind<{path: string; fullInMs: number; growthBytesPerDay: number; samples: number}>(),
  'disk-not-growing': kind<{path: string; samples: number}>(),

  // mem.available, mem.oom, load.pressure, fd.usage
  'memory-available': kind<{
    availablePercent: number
    availableBytes: number
    totalBytes: number
    limitedBy: 'machine' | 'cgroup'
  }>(),
  'oom-kills': kind<{count: number; sinceMs: number}>(),
  'oom-victim': kind<{process: string; pid: number; atMs: number}>(),
  pressure: kind<{resource: string; stalledPercent: number}>(),
  'cpu-busy': kind<{busyPercent: number; cores: number}>(),
  'descriptors-used': kind<{scope: string; usedPercent: number; used: number; limit: string}>(),

  // log.errors, log.freshness
  'log-errors': kind<{
    errors: number
    lines: number
    errorPercent: number | null
    perHour: number
    signatures: number
    newSignatures: number
    windowMs: number
  }>(),
  'log-signature': kind<{
    signature: string
    level: string
    count: number
    lastMs: number
    isNew: boolean
    path: string
  }>(),
  'log-signatures-more': kind<{more: number}>(),
  'log-file-unreadable': kind<{path: string; reason: string}>(),
  'log-file-read-in-part': kind<{path: string; readBytes: number; totalBytes: number}>(),
  'log-archive-read-in-part': kind<{path: string; readBytes: number}>(),
  'log-lines-ahead': kind<{path: string; lines: number; byMs: number}>(),
  'log-lines-undated': kind<{path: string; lines: number}>(),
  'log-files-more': kind<{more: number}>(),
  'log-written': kind<{path: string; ageMs: number}>(),
  'log-none': kind<{path: string}>(),

  // runs.crashed, journal.integrity
  'runs-none': kind(),
  'runs-whole': kind<{runs: number}>(),
  'runs-crashed': kind<{count: number}>(),
  'run-left': kind<{run: string; command: string; user: string; sinceMs: number; status: 'crashed' | 'stuck'}>(),
  'journal-whole': kind<{lines: number; runs: number}>(),
  'journal-wrong': kind<{
    state: 'torn' | 'head-missing' | 'cut' | 'altered' | 'newer'
    problems: number
    lines: number
  }>(),
  'journal-problem': kind<{
    kind: 'torn' | 'head-missing' | 'cut' | 'altered' | 'newer'
    segment: number | null
    line: number | null
    seq: number | null
  }>(),

  // Steps
  'step-put-back': kind<{target: string}>(),
  'step-stays': kind<{target: string}>(),
  'step-skipped-when': kind(),
  'step-goal-reached': kind(),
  'step-needs-unmet': kind<{needed: string}>(),
  'step-unknown': kind<{reason: 'value' | 'world'}>(),
  'step-program-runs': kind<{program: string}>(),
  'step-program-looks': kind<{program: string}>(),
  'step-created-already': kind<{path: string}>(),
  'step-checks': kind<{check: string; times: number}>(),
  'step-waits': kind<{forMs: number}>(),
  'step-waits-until': kind<{check: string}>(),
  'step-service-starts': kind<{unit: string}>(),
  'step-service-stops': kind<{unit: string}>(),
  'step-service-restarts': kind<{unit: string}>(),
  'step-service-up': kind<{unit: string}>(),
  'step-service-down': kind<{unit: string}>(),
  'step-service-fresh': kind<{unit: string; sinceMs: number}>(),
  'step-file-new': kind<{path: string; bytes: number}>(),
  'step-file-replace': kind<{path: string; bytes: number; untilMs: number}>(),
  'step-file-same': kind<{path: string}>(),
  'step-file-move': kind<{from: string; to: string}>(),
  'step-file-moved': kind<{from: string; to: string}>(),
  'step-file-remove': kind<{path: string; bytes: number; reason: string; untilMs: number; isUseUnknown: boolean}>(),
  'step-file-absent': kind<{path: string}>(),
  'step-purge': kind<{folder: string; files: number; bytes: number; staying: number}>(),
  'step-purge-nothing': kind<{folder: string; staying: number}>(),

  // The server
  'server-down': kind<{unit: string; result: string; log: string}>(),
  'server-off': kind<{unit: string}>(),
  'server-changing': kind<{unit: string; active: string; sub: string; log: string}>(),
  'server-unsupervised': kind<{unit: string; pid: number}>(),
  'server-listens': kind<{log: string | null; query: string | null; http: string | null}>(),
  'server-keeps': kind<{path: string; durability: string}>(),
  'server-keeps-nothing': kind(),
  'server-in-front': kind(),
  'server-stopping': kind<{signal: string}>(),
  'server-stopped': kind<{records: number; isKept: boolean}>(),
  'server-supervision-ended': kind<{unit: string; restarts: number}>(),
  'server-reloaded': kind<{settings: string}>(),
  'server-reload-refused': kind<{problems: number; first: string; path: string | null}>(),
  'server-restart-needed': kind<{settings: string}>(),
  'server-notices-left-out': kind<{count: number}>(),
  'server-variable-unused': kind<{name: string}>(),
  'server-irc-absent': kind(),
  'server-size-mapped': kind<{megabytes: number; files: number}>(),
  'server-port-changed': kind<{taken: number; holder: string | null; port: number}>(),
  // The write-ahead log, as it is looked at
  'wal-verified': kind<{segments: number; records: number; bytes: number}>(),
  'wal-ends-torn': kind<{records: number; bytes: number}>(),
  'wal-has-holes': kind<{holes: number; records: number}>(),
  'wal-import': kind<{path: string; records: number; stored: number}>(),
  'wal-torn': kind<{file: string; from: number; bytes: number}>(),
  'wal-damaged': kind<{file: string; from: number; to: number; seqFrom: number; seqTo: number; copy: string | null}>(),
  'wal-stuck': kind<{path: string; why: 'full' | 'read-only' | 'error' | 'stalled'; reason: string}>(),
  'wal-taken': kind<{path: string}>(),
  'wal-goes-on': kind<{path: string; afterMs: number}>(),
  'wal-lease-dropped': kind<{path: string; lease: string}>(),

  // The port that takes lines
  'server-protocol-refused': kind<{peer: string; protocol: 'tls' | 'binary'}>(),
  'server-clients-full': kind<{clientsMax: number; turnedAway: number}>(),
  'server-queue-full': kind<{queueBytesMax: number; forMs: number}>(),
  'server-queue-flows': kind<{afterMs: number}>(),

  // Sending lines to a server
  'send-done': kind<{
    input: string
    lines: number
    bytes: number
    tookMs: number
    resent: number
    reconnects: number
  }>(),
  'send-nothing': kind<{input: string; lines: number}>(),
  'send-part': kind<{input: string; lines: number; bytes: number; tookMs: number; upTo: number}>(),
  'send-unacknowledged': kind<{input: string; lines: number; bytes: number; tookMs: number}>(),

  // cert.expiry
  certificate: kind<{endpoint: string; subject: string; leftMs: number; expiresMs: number}>(),
  'certificate-expired': kind<{endpoint: string; subject: string; agoMs: number}>(),
  'certificate-not-yet-valid': kind<{endpoint: string; subject: string; startsMs: number}>(),
  'certificate-untrusted': kind<{endpoint: string; subject: string; reason: string}>(),
  'certificate-wrong-name': kind<{endpoint: string; name: string; reason: string}>(),
  'certificate-unreachable': kind<{endpoint: string; reason: string}>(),

  // clock.sync
  'clock-synchronised': kind<{source: string; offsetMs: number | null}>(),
  'clock-unsynchronised': kind<{source: string}>(),

  // k8s.pods
  'pods-ready': kind<{namespace: string; selector: string; ready: number; total: number}>(),
  'pod-problem': kind<{pod: string; reason: string; restarts: number}>()
} as const

export type FindingCode = keyof typeof findings
export type FindingValues<Code extends FindingCode> = NonNullable<(typeof findings)[Code]['values']>

/** A code and its values; which sentence that is, and in which language, is decided where it is printed. */
export type Finding = {
  readonly [Code in FindingCode]: {readonly code: Code; readonly values: FindingValues<Code>}
}[FindingCode]

export function finding<Code extends FindingCode>(code: Code, values: FindingValues<Code>): Finding {
  // The pair belongs together by the signature; the compiler cannot follow that through the union.
  return {code, values} as Finding
}
