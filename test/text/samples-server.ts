import type {FaultCode, FaultValues} from '../../src/base/faults.ts'
import type {FindingCode, FindingValues} from '../../src/base/findings.ts'

type Samples<Values> = readonly [Values, ...Values[]]

/** Of the log server, and of the commands that start and stop it. */
export const serverSamples = {
  'server-port-taken': [
    {address: '127.0.0.1:9999', holder: 'rsyslogd (4711)', flag: '--log-port'},
    {address: '127.0.0.1:9999', holder: 'logcaster (4711)', flag: '--log-port'},
    {address: '[::1]:9998', holder: null, flag: '--query-port'}
  ],
  'server-port-unusable': [{address: '10.0.0.7:514', reason: 'EADDRNOTAVAIL', flag: '--log-port'}],
  'server-exposed': [{listen: '0.0.0.0'}],
  'server-durability-alone': [{durability: 'commit'}],
  'server-not-stored': [
    {records: 1, afterMs: 10_000},
    {records: 120, afterMs: 10_000}
  ],
  'server-no-ports': [{}],
  'server-ports-same': [{port: 9999}],
  'server-no-address': [{listen: 'nowhere'}],
  'server-late': [{unit: 'logcaster.service', verb: 'start', afterMs: 300_000, log: '/srv/state/service/l.log'}],
  'server-elsewhere': [{holder: 'logcaster (4711)', port: 9999, pid: 4711}],
  'server-not-up': [
    {unit: 'logcaster.service', reason: 'exit code 5', log: '/srv/state/service/logcaster.service.log'}
  ],
  'server-unit-hidden': [{path: '/home/kim/logcaster/bin/logcaster'}],
  'server-supervised': [{unit: 'logcaster.service', pid: 4711}],
  'server-fails': [
    {reason: 'exit code 78', failures: 1, log: '/var/lib/logcaster/state/service/logcaster.service.log'},
    {reason: 'SIGSEGV', failures: 6, log: '/var/lib/logcaster/state/service/logcaster.service.log'}
  ],
  'server-control-unusable': [{path: '/var/lib/logcaster/control.sock', reason: 'EADDRINUSE'}]
} as const satisfies {readonly [Code in FaultCode]?: Samples<FaultValues<Code>>}

export const serverFindingSamples = {
  'server-down': [{unit: 'logcaster.service', result: 'exit-code', log: '/srv/state/service/logcaster.service.log'}],
  'server-off': [{unit: 'logcaster.service'}],
  'server-changing': [
    {unit: 'logcaster.service', active: 'activating', sub: 'auto-restart', log: '/srv/state/service/l.log'}
  ],
  'server-unsupervised': [{unit: 'logcaster.service', pid: 4711}],
  'server-listens': [
    {log: '127.0.0.1:9999', query: '127.0.0.1:9998', http: '127.0.0.1:8080'},
    {log: '127.0.0.1:9999', query: null, http: null},
    {log: null, query: null, http: null}
  ],
  'server-keeps': [{path: '/var/lib/logcaster', durability: 'commit'}],
  'server-keeps-nothing': [{}],
  'server-in-front': [{}],
  'server-stopping': [{signal: 'SIGTERM'}],
  'server-stopped': [
    {records: 1, isKept: true},
    {records: 12_345, isKept: false}
  ],
  'server-supervision-ended': [
    {unit: 'logcaster.service', restarts: 1},
    {unit: 'logcaster.service', restarts: 3}
  ],
  'server-reloaded': [{settings: ''}, {settings: 'server.max_clients'}],
  'server-reload-refused': [
    {problems: 2, first: 'server.max_line 5', path: null},
    {problems: 1, first: 'server.max_line 5', path: '/srv/logcaster.yaml'}
  ],
  'server-restart-needed': [{settings: 'server.log_port, server.ring_lines'}],
  'server-notices-left-out': [{count: 1}, {count: 70}],
  'server-variable-unused': [{name: 'THREAD_POOL_SIZE'}],
  'wal-torn': [{file: '0000000000000001.lcw', from: 4096, bytes: 80}],
  'wal-damaged': [
    {file: '0000000000000001.lcw', from: 4096, to: 8192, seqFrom: 1, seqTo: 1, copy: null},
    {file: '0000000000000001.lcw', from: 4096, to: 8192, seqFrom: 1, seqTo: 4, copy: 'quarantine/1.bin'}
  ],
  'wal-stuck': [
    {path: '/data/wal', why: 'full', reason: 'ENOSPC'},
    {path: '/data/wal', why: 'read-only', reason: 'EROFS'},
    {path: '/data/wal', why: 'error', reason: 'EIO'},
    {path: '/data/wal', why: 'stalled', reason: 'ETIMEDOUT'}
  ],
  'wal-taken': [{path: '/var/lib/logcaster'}],
  'wal-goes-on': [{path: '/data/wal', afterMs: 4000}],
  'wal-lease-dropped': [{path: '/data/wal', lease: '0123456789abcdef'}],
  'server-irc-absent': [{}],
  'server-size-mapped': [{megabytes: 10, files: 10}],
  'server-port-changed': [
    {taken: 8080, holder: 'java (4711)', port: 8081},
    {taken: 8080, holder: null, port: 8081}
  ],
  'server-protocol-refused': [
    {peer: '10.0.0.7', protocol: 'tls'},
    {peer: '10.0.0.7', protocol: 'binary'}
  ],
  'server-clients-full': [
    {clientsMax: 16_384, turnedAway: 1},
    {clientsMax: 16_384, turnedAway: 321}
  ],
  'server-queue-full': [{queueBytesMax: 33_554_432, forMs: 1000}],
  'server-queue-flows': [{afterMs: 3200}]
} as const satisfies {readonly [Code in FindingCode]?: Samples<FindingValues<Code>>}
