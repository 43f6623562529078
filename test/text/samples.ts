import {Fault} from '../../src/base/fault.ts'
import type {FaultCode, FaultValues} from '../../src/base/faults.ts'
import {finding, type Finding, type FindingCode, type FindingValues} from '../../src/base/findings.ts'
import {runbookSamples} from './samples-runbooks.ts'
import {runFindingSamples, runSamples} from './samples-runs.ts'
import {sendFindingSamples, sendSamples} from './samples-send.ts'
import {serverFindingSamples, serverSamples} from './samples-server.ts'
import {walFindingSamples, walSamples} from './samples-wal.ts'

/**
 * Values for every fault and every finding, one sample for each way its sentence can go. A code without a sample does
 * not compile.
 */
type Samples<Values> = readonly [Values, ...Values[]]

const place = {file: '/etc/logcaster/config.yaml', line: 12, column: 7}
const atMs = Date.UTC(2026, 10, 20, 9, 15)
const hourMs = 3_600_000
const dayMs = 24 * hourMs

function refusedLog<Reason>(reason: Reason): {readonly path: string; readonly reason: Reason} {
  return {path: '/srv/app.log', reason}
}

const faultValues: {readonly [Code in FaultCode]: Samples<FaultValues<Code>>} = {
  'usage-unknown-command': [
    {command: 'dayly-check', nearest: 'daily-check'},
    {command: 'frobnicate', nearest: null}
  ],
  'usage-unknown-flag': [
    {flag: '--jsn', nearest: '--json', command: 'daily-check'},
    {flag: '--frobnicate', nearest: null, command: 'daily-check'}
  ],
  'usage-unexpected-argument': [{argument: 'disk', command: 'daily-check'}],
  'usage-missing-argument': [{argument: 'file', command: 'config check'}],
  'usage-missing-value': [{flag: '--since', command: 'daily-check'}],
  'usage-bad-value': [{flag: '--since', value: '2', expected: 'duration'}],
  'usage-other': [{detail: '--list and --only exclude each other.', command: 'daily-check'}],

  'check-unknown-id': [
    {id: 'disk.spce', nearest: 'disk.space'},
    {id: 'moon.phase', nearest: null}
  ],
  'profile-unknown': [
    {profile: 'nightly', known: 'night, release'},
    {profile: 'nightly', known: ''}
  ],

  'config-absent': [{path: '/etc/none.yaml'}],
  'config-unreadable': [{path: '/etc/closed.yaml', reason: 'EACCES'}],
  'config-too-big': [{path: '/etc/big.yaml', bytesMax: 1_048_576}],
  'config-unsafe': [
    {path: '/etc/x.yaml', reason: 'owner', owner: 1007, mode: '0644'},
    {path: '/etc/x.yaml', reason: 'mode', owner: 0, mode: '0666'}
  ],
  'config-syntax': [{...place, detail: 'Nested mappings are not allowed in compact mappings'}],
  'config-duplicate-key': [{...place, key: 'checks.since'}],
  'config-alias-bomb': [{file: place.file}],
  'config-unknown-key': [
    {...place, key: 'checks.sinse', nearest: 'checks.since'},
    {...place, key: 'moon', nearest: null}
  ],
  'config-bad-value': [{...place, key: 'checks.since', value: 'long', expected: 'duration'}],
  'config-bad-override': [{source: '--set', key: 'checks.since', value: 'long', expected: 'duration'}],
  'config-unknown-override': [
    {source: '--set', key: 'checks.sinse', nearest: 'checks.since'},
    {source: 'environment LOGCASTER_MOON', key: 'LOGCASTER_MOON', nearest: null}
  ],
  'config-secret-inline': [{...place, key: 'checks.ping_url'}],
  'config-unquoted-range': [{...place, value: '10:'}],
  'config-unknown-check': [
    {...place, key: 'checks.skip', id: 'disk.spce', nearest: 'disk.space'},
    {...place, key: 'checks.skip', id: 'moon.phase', nearest: null}
  ],
  'config-more-problems': [
    {file: place.file, more: 1},
    {file: place.file, more: 17}
  ],
  'config-exists': [{path: place.file}],

  'file-unreadable': [{path: '/srv/app.log', reason: 'EACCES'}],
  'file-unwritable': [{path: '/srv/app.log', reason: 'ENOSPC'}],
  'state-unwritable': [{path: '/var/lib/logcaster', reason: 'EROFS'}],
  'state-damaged': [{path: '/var/lib/logcaster/daily.json', movedTo: '/var/lib/logcaster/daily.json.damaged'}],
  'state-unsafe': [
    {path: '/var/lib/logcaster', reason: 'owner', owner: 1007, mode: '0755'},
    {path: '/var/lib/logcaster', reason: 'mode', owner: 0, mode: '0777'}
  ],
  'state-newer': [{path: '/var/lib/logcaster/daily.json', format: 9, known: 1}],
  'ping-failed': [{reason: 'HTTP 503'}],

  'lock-conflict': [
    {
      resource: 'data',
      run: '20261120T091500Z-k3v9x2',
      command: 'restart-service',
      user: 'kim',
      pid: 4711,
      host: 'logs1',
      sinceMs: atMs,
      isPastLease: false
    },
    {
      resource: 'data',
      run: '20261120T091500Z-k3v9x2',
      command: 'restart-service',
      user: 'kim',
      pid: 4711,
      host: 'logs1',
      sinceMs: atMs,
      isPastLease: true
    },
    {resource: 'data', run: '', command: '', user: '1007', pid: 0, host: '', sinceMs: atMs, isPastLease: false}
  ],
  'lock-unwritable': [{path: '/srv/data/.logcaster-locks', reason: 'EACCES'}],
  'journal-unwritable': [{path: '/var/lib/logcaster/journal', reason: 'ENOSPC'}],
  'journal-unsafe': [
    {path: '/var/lib/logcaster', reason: 'owner', owner: 1007, mode: '0750'},
    {path: '/var/lib/logcaster', reason: 'mode', owner: 0, mode: '0777'}
  ],
  'journal-newer': [{path: '/var/lib/logcaster/journal', format: 9, known: 1}],

  'program-missing': [{program: 'restic'}],
  'program-not-executable': [{path: '/srv/runbooks/x.sh'}],
  'program-unsafe': [{path: '/srv/runbooks/x.sh'}],
  'step-program-failed': [
    {program: 'df', how: 'exit 1', detail: 'df: /srv: No such file or directory'},
    {program: 'df', how: 'SIGKILL', detail: ''}
  ],
  'step-program-late': [
    {program: 'df', afterMs: 5000, detail: 'still at it'},
    {program: 'df', afterMs: 5000, detail: ''}
  ],
  'step-program-stopped': [
    {program: 'df', detail: 'still at it'},
    {program: 'df', detail: ''}
  ],
  'step-program-not-started': [{program: 'df', reason: 'EACCES'}],
  'step-created-nothing': [{program: 'mkfs', path: '/srv/image'}],
  'step-not-reversible': [{}],
  'step-late': [{target: 'wait', afterMs: 5000}],
  'step-stopped': [{target: 'wait'}],
  'step-check-failed': [{check: 'service.state', status: 'critical', finding: 'service-down'}],
  'step-check-never-passed': [{check: 'service.state', status: 'critical', finding: 'service-down', afterMs: 5000}],
  'unit-no-manager': [{unit: 'logcaster.service'}],
  'unit-absent': [{unit: 'logcaster.service'}],
  'unit-masked': [{unit: 'logcaster.service'}],
  'unit-unanswered': [{unit: 'logcaster.service', reason: 'Connection refused'}],
  'unit-changing': [{unit: 'logcaster.service', active: 'activating', sub: 'auto-restart'}],
  'unit-frozen': [{unit: 'logcaster.service'}],
  'unit-order-refused': [{unit: 'logcaster.service', verb: 'start', reason: 'Access denied'}],
  'unit-late': [{unit: 'logcaster.service', verb: 'stop', afterMs: 5000}],
  'unit-not-up': [{unit: 'logcaster.service', active: 'failed', sub: 'failed', result: 'exit-code'}],
  'unit-not-down': [{unit: 'logcaster.service', active: 'active', sub: 'running'}],

  'target-refused': [
    {path: '/srv/app.log', reason: 'ours'},
    ...(['folder-absent', 'folder-other', 'folder-unreadable', 'link', 'directory', 'other'] as const).map(refusedLog),
    ...(['read-only', 'absent', 'taken', 'same-name', 'other-file-system', 'too-big'] as const).map(refusedLog),
    ...(['open', 'just-written'] as const).map(refusedLog)
  ],
  'target-unreadable': [{path: '/srv/app.log', reason: 'EACCES'}],
  'target-outside': [{path: '/srv/app.log', within: '/var/log/logcaster'}],
  'target-changed': [{path: '/srv/app.log'}],
  'target-taken': [{path: '/srv/app.log'}],
  'held-foreign': [{path: '/srv/.logcaster-held'}],
  'held-missing': [{path: '/srv/app.log', held: '/srv/.logcaster-held/k3v9x2.20261127T091500Z/1-app.log'}],
  'held-taken': [{path: '/srv/app.log', held: '/srv/.logcaster-held/k3v9x2.20261127T091500Z/1-app.log'}],
  'find-too-many': [{folder: '/srv', namesMax: 10_000}],

  'output-failed': [{reason: 'ENOSPC'}],

  'process-protected': [{pid: 1}],

  ...runbookSamples,
  ...runSamples,
  ...sendSamples,
  ...serverSamples,
  ...walSamples,

  interrupted: [{signal: 'SIGINT'}],
  terminated: [{signal: 'SIGTERM'}],
  bug: [{detail: 'count is within capacity'}]
}

const findingValues: {readonly [Code in FindingCode]: Samples<FindingValues<Code>>} = {
  'not-configured': [{setting: 'checks.cert.expiry.endpoints'}],
  'not-on-this-machine': [{what: 'kubectl'}],
  'no-history': [{}],
  'skipped-by-config': [
    {reason: 'moved to the new cluster', until: null},
    {reason: 'moved to the new cluster', until: '2026-12-01'}
  ],
  'skipped-because': [{parent: 'service.state'}],
  'check-timed-out': [{deadlineMs: 10_000}],
  'check-interrupted': [{}],
  'check-broke': [{detail: 'EIO'}],
  'not-readable': [{path: '/proc/pressure', reason: 'EACCES'}],
  'path-missing': [{path: '/srv/data', setting: 'paths.data'}],
  'mount-silent': [{path: '/mnt/nfs', afterMs: 2000}],
  'program-missing': [{program: 'kubectl'}],
  'program-failed': [
    {program: 'kubectl', how: 'exit 1', detail: 'Unable to connect to the server'},
    {program: 'kubectl', how: 'SIGKILL', detail: ''}
  ],

  'service-up': [
    {unit: 'logcaster.service', sub: 'running', sinceMs: atMs},
    {unit: 'logcaster.service', sub: 'running', sinceMs: null}
  ],
  'service-down': [{unit: 'logcaster.service', active: 'inactive', result: 'success'}],
  'service-failed': [{unit: 'logcaster.service', result: 'exit-code'}],
  'service-start-limited': [
    {unit: 'logcaster.service', restarts: 4, result: 'exit-code'},
    {unit: 'logcaster.service', restarts: 0, result: 'exit-code'}
  ],
  'service-frozen': [{unit: 'logcaster.service', pid: 4711}],
  'service-changing': [{unit: 'logcaster.service', active: 'activating', sub: 'auto-restart'}],
  'service-ignores-stop': [{unit: 'logcaster.service', pid: 4711}],
  'service-unknown-unit': [{unit: 'logcster.service'}],
  'service-masked': [{unit: 'logcaster.service'}],
  'service-no-manager': [{unit: 'logcaster.service'}],
  'service-unanswered': [{unit: 'logcaster.service', reason: 'ETIMEDOUT'}],
  'service-restarts': [
    {unit: 'logcaster.service', growth: 3, total: 9, sinceMs: atMs},
    {unit: 'logcaster.service', growth: 1, total: 9, sinceMs: atMs}
  ],

  'port-answers': [{address: '127.0.0.1:9999', protocol: 'ingest', connectedMs: 3}],
  'port-open': [{address: '127.0.0.1:9999', connectedMs: 3}],
  'port-unreachable': [{address: '[::1]:9998', reason: 'ECONNREFUSED'}],
  'port-unresolved': [{host: 'logs.example.com', reason: 'ENOTFOUND'}],
  'port-silent': [{address: '127.0.0.1:9998', protocol: 'query'}],
  'port-wrong-protocol': [{address: '127.0.0.1:9998', protocol: 'query', got: 'SSH-2.0-OpenSSH_9.6'}],
  'port-unhealthy': [{address: '127.0.0.1:6667', state: 'draining'}],
  'server-connections': [{connections: 12}],
  'server-counters': [{total: 123_456, dropped: 7, current: 100_000}],

  'disk-free': [{path: '/srv', freePercent: 12.34, freeBytes: 5 * 2 ** 30, totalBytes: 40 * 2 ** 30}],
  'disk-read-only': [{path: '/srv/data', mount: '/srv'}],
  'inodes-free': [{path: '/srv', freePercent: 3, free: 300, total: 10_000}],
  'inodes-unlimited': [{path: '/btrfs'}],
  'disk-full-in': [{path: '/srv', fullInMs: 3 * dayMs, growthBytesPerDay: 2 ** 30, samples: 12}],
  'disk-not-growing': [{path: '/srv', samples: 12}],

  'memory-available': [
    {availablePercent: 8.25, availableBytes: 2 ** 29, totalBytes: 6 * 2 ** 30, limitedBy: 'machine'},
    {availablePercent: 8.25, availableBytes: 2 ** 29, totalBytes: 6 * 2 ** 30, limitedBy: 'cgroup'}
  ],
  'oom-kills': [
    {count: 1, sinceMs: atMs},
    {count: 2, sinceMs: atMs}
  ],
  'oom-victim': [{process: 'java', pid: 4711, atMs}],
  pressure: [
    {resource: 'memory', stalledPercent: 12.5},
    {resource: 'io', stalledPercent: 12.5}
  ],
  'cpu-busy': [
    {busyPercent: 99.5, cores: 1},
    {busyPercent: 99.5, cores: 64}
  ],
  'descriptors-used': [
    {scope: 'logcaster.service', usedPercent: 91, used: 932, limit: '1024'},
    {scope: 'logcaster.service', usedPercent: 0, used: 1314, limit: '9223372036854775807'}
  ],

  'log-errors': [
    {errors: 0, lines: 0, errorPercent: null, perHour: 0, signatures: 0, newSignatures: 0, windowMs: dayMs},
    {errors: 0, lines: 9, errorPercent: 0, perHour: 0, signatures: 0, newSignatures: 0, windowMs: dayMs},
    {errors: 1, lines: 9, errorPercent: 11.1, perHour: 0.04, signatures: 1, newSignatures: 1, windowMs: dayMs},
    {errors: 240, lines: 9000, errorPercent: 2.67, perHour: 10, signatures: 8, newSignatures: 2, windowMs: dayMs}
  ],
  'log-signature': [
    {signature: 'cannot write <n>', level: 'error', count: 12, lastMs: atMs, isNew: true, path: '/srv/app.log'},
    {signature: 'cannot write <n>', level: 'fatal', count: 12, lastMs: atMs, isNew: false, path: '/srv/app.log'}
  ],
  'log-signatures-more': [{more: 1}, {more: 12}],
  'log-file-unreadable': [
    {path: '/srv/app.log', reason: 'EACCES'},
    {path: '/srv/app.log', reason: 'link'}
  ],
  'log-file-read-in-part': [{path: '/srv/app.log', readBytes: 2 ** 26, totalBytes: 2 ** 33}],
  'log-archive-read-in-part': [{path: '/srv/app.log.gz', readBytes: 2 ** 26}],
  'log-lines-ahead': [
    {path: '/srv/app.log', lines: 1, byMs: 2 * hourMs},
    {path: '/srv/app.log', lines: 500, byMs: 2 * hourMs}
  ],
  'log-lines-undated': [
    {path: '/srv/app.log', lines: 1},
    {path: '/srv/app.log', lines: 300}
  ],
  'log-files-more': [{more: 1}, {more: 40}],
  'log-written': [{path: '/srv/app.log', ageMs: 2 * hourMs}],
  'log-none': [{path: '/srv/logs'}],

  certificate: [
    {endpoint: 'logs.example.com:443', subject: 'CN=logs', leftMs: 20 * dayMs, expiresMs: atMs + 20 * dayMs}
  ],
  'certificate-expired': [{endpoint: 'logs.example.com:443', subject: 'CN=logs', agoMs: 2 * dayMs}],
  'certificate-not-yet-valid': [{endpoint: 'logs.example.com:443', subject: 'CN=logs', startsMs: atMs}],
  'certificate-untrusted': [
    {endpoint: 'logs.example.com:443', subject: 'CN=logs', reason: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'}
  ],
  'certificate-wrong-name': [{endpoint: '10.0.0.7:443', name: 'logs.example.com', reason: 'altnames: DNS:other'}],
  'certificate-unreachable': [{endpoint: 'logs.example.com:443', reason: 'ECONNREFUSED'}],

  'step-program-runs': [{program: 'df -P'}],
  'step-program-looks': [{program: 'df -P'}],
  'step-created-already': [{path: '/srv/image'}],
  'step-checks': [
    {check: 'service.state', times: 1},
    {check: 'service.state', times: 2}
  ],
  'step-waits': [{forMs: 5000}],
  'step-waits-until': [{check: 'service.state'}],
  'step-service-starts': [{unit: 'logcaster.service'}],
  'step-service-stops': [{unit: 'logcaster.service'}],
  'step-service-restarts': [{unit: 'logcaster.service'}],
  'step-service-up': [{unit: 'logcaster.service'}],
  'step-service-down': [{unit: 'logcaster.service'}],
  'step-service-fresh': [{unit: 'logcaster.service', sinceMs: atMs}],
  'step-file-new': [{path: '/etc/app.conf', bytes: 120}],
  'step-file-replace': [{path: '/etc/app.conf', bytes: 120, untilMs: atMs}],
  'step-file-same': [{path: '/etc/app.conf'}],
  'step-file-move': [{from: '/srv/app.log', to: '/srv/app.log.1'}],
  'step-file-moved': [{from: '/srv/app.log', to: '/srv/app.log.1'}],
  'step-file-remove': [
    {path: '/srv/app.log.9', bytes: 120, reason: '12d old, 3.4 GiB', untilMs: atMs, isUseUnknown: false},
    {path: '/srv/app.log.9', bytes: 120, reason: '12d old, 3.4 GiB', untilMs: atMs, isUseUnknown: true}
  ],
  'step-file-absent': [{path: '/srv/app.log.9'}],
  'step-purge': [
    {folder: '/srv', files: 1, bytes: 120, staying: 0},
    {folder: '/srv', files: 3, bytes: 120, staying: 1}
  ],
  'step-purge-nothing': [
    {folder: '/srv', staying: 0},
    {folder: '/srv', staying: 2}
  ],

  'clock-synchronised': [
    {source: 'chrony', offsetMs: -3},
    {source: 'systemd-timesyncd', offsetMs: null}
  ],
  'clock-unsynchronised': [{source: 'chrony'}],

  'pods-ready': [
    {namespace: 'logging', selector: 'app=logcaster', ready: 1, total: 3},
    {namespace: 'logging', selector: 'app=logcaster', ready: 1, total: 1},
    {namespace: 'logging', selector: 'app=logcaster', ready: 0, total: 0}
  ],
  ...runFindingSamples,
  ...sendFindingSamples,
  ...serverFindingSamples,
  ...walFindingSamples,
  'pod-problem': [
    {pod: 'logcaster-7d9f', reason: 'CrashLoopBackOff', restarts: 1},
    {pod: 'logcaster-7d9f', reason: 'CrashLoopBackOff', restarts: 9}
  ]
}

export const faultSamples: readonly Fault[] = Object.entries(faultValues).flatMap(([code, samples]) =>
  samples.map((values) => new Fault<FaultCode>(code as FaultCode, values as never))
)

export const findingSamples: readonly Finding[] = Object.entries(findingValues).flatMap(([code, samples]) =>
  samples.map((values) => finding<FindingCode>(code as FindingCode, values as never))
)

/** Tries to move the cursor, forge lines, colour, turn the reading direction, and leave a quoted or marked-up place. */
export const hostile =
  '\u001b[31m\u009b2J\r\nforged: OK\u0007\u202eevil\u2066\u200f\u061c\u2028|\'"><&;`$(x)\u0000\ud800'

/** The same fault or finding with that in every text; what was expected is always a word of our own. */
export function poisonedFault(fault: Fault): Fault {
  return new Fault<FaultCode>(fault.code, poison(fault.values) as never)
}

export function poisonedFinding({code, values}: Finding): Finding {
  return finding<FindingCode>(code, poison(values) as never)
}

/** Values that choose between sentences of ours, and never come from outside. */
const ourWords: readonly string[] = ['expected', 'why', 'thing', 'kind', 'state', 'how']

function poison(values: object): object {
  const poisoned = Object.entries(values).map(([key, value]: [string, unknown]): [string, unknown] => {
    return [key, typeof value === 'string' && !ourWords.includes(key) ? `${value}${hostile}` : value]
  })
  return Object.fromEntries(poisoned)
}

/** What must never reach a terminal from outside: it acts, ends a line, or reorders what is read. */
export const acting = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u
