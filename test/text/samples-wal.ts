import type {FaultCode, FaultValues} from '../../src/base/faults.ts'
import type {FindingCode, FindingValues} from '../../src/base/findings.ts'

type Samples<Values> = readonly [Values, ...Values[]]

const path = '/var/lib/logcaster/wal'

/** Of the write-ahead log, and of who holds it. */
export const walSamples = {
  'data-locked': [
    {path, pid: 4711, user: 'root', host: 'logs1', sinceMs: Date.UTC(2026, 10, 20, 9, 15)},
    {path, pid: 4711, user: 'root', host: 'logs1', sinceMs: null},
    {path, pid: null, user: null, host: null, sinceMs: null}
  ],
  'wal-absent': [{path}],
  'wal-newer': [{path: `${path}/0000000000000001.lcw`, format: 2, known: 1}],
  'wal-holes': [
    {path, holes: 1, records: 1},
    {path, holes: 3, records: 1200}
  ],
  'import-nothing': [{path: '/srv/old'}],
  'import-too-large': [{bytes: 2_000_000_000, retainBytes: 1_073_741_824}],
  'import-cut': [
    {path, records: 1},
    {path, records: 1200}
  ]
} as const satisfies {readonly [Code in FaultCode]?: Samples<FaultValues<Code>>}

export const walFindingSamples = {
  'wal-verified': [
    {segments: 1, records: 1, bytes: 67_108_864},
    {segments: 16, records: 12_000_000, bytes: 1_073_741_824}
  ],
  'wal-ends-torn': [{records: 120, bytes: 12_000}],
  'wal-has-holes': [
    {holes: 1, records: 1},
    {holes: 2, records: 0}
  ],
  'wal-import': [
    {path: '/srv/current.log', records: 1, stored: 0},
    {path: '/srv/current.log', records: 500, stored: 120}
  ]
} as const satisfies {readonly [Code in FindingCode]?: Samples<FindingValues<Code>>}
