import {mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import type {TestContext} from 'node:test'
import {assert} from '../../src/base/assert.ts'
import type {Finding, FindingCode, FindingValues} from '../../src/base/findings.ts'
import type {CheckContext, Verdict} from '../../src/checks/check.ts'
import {FileSystems} from '../../src/checks/file-systems.ts'
import {type Config, schema} from '../../src/config/schema.ts'
import type {Node} from '../../src/config/shape.ts'
import {type Disk, realDisk} from '../../src/host/disk.ts'
import {type SimHost, simHost} from '../sim/host.ts'

/** The end of the window in these tests: a whole second in the past, so that files can be written "before" and "after". */
export const nowMs = Date.UTC(2026, 9, 11, 12)
export const hourMs = 3_600_000

export function iso(agoMs: number): string {
  return new Date(nowMs - agoMs).toISOString()
}

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'logcaster-logs-'))
  t.after(() => {
    rmSync(folder, {recursive: true, force: true})
  })
  return folder
}

/** Writes a log file that was last changed so long before the end of the window. */
export function writeLog(path: string, content: string | Uint8Array, ageMs = 0): void {
  mkdirSync(dirname(path), {recursive: true})
  writeFileSync(path, content)
  const changed = new Date(nowMs - ageMs)
  utimesSync(path, changed, changed)
}

export interface ContextOptions {
  readonly logs: string
  readonly host?: SimHost
  readonly disk?: Disk
  readonly isSet?: boolean
  readonly readBytesMax?: number
  readonly remembered?: Readonly<Record<string, unknown>>
  readonly signal?: AbortSignal
  readonly sinceMs?: number
}

/** Default settings, a window of a day that ends at `nowMs`, and the real disk. */
export function logContext(options: ContextOptions): CheckContext {
  const base = defaultsOf(schema) as Config
  const errors = {...base.checks['log.errors'], ...(options.readBytesMax ? {read_max: options.readBytesMax} : {})}
  const {remembered} = options
  const host = options.host ?? simHost({seed: 1, nowMs})
  const signal = options.signal ?? new AbortController().signal
  return {
    host: {...host, disk: options.disk ?? realDisk()},
    config: {
      ...base,
      paths: {...base.paths, logs: options.logs},
      checks: {...base.checks, 'log.errors': errors}
    },
    isSet: () => options.isSet ?? true,
    window: {fromMs: nowMs - (options.sinceMs ?? 24 * hourMs), toMs: nowMs},
    remembered: remembered === undefined ? undefined : {atMs: nowMs - hourMs, values: remembered},
    fileSystems: new FileSystems(host, signal),
    stateFolder: '/srv/state',
    signal
  }
}

export function valuesOf<Code extends FindingCode>(found: Finding, code: Code): FindingValues<Code> {
  assert(found.code === code, `expected ${code}, found ${found.code} ${JSON.stringify(found.values)}`)
  return found.values
}

export function evidenceOf<Code extends FindingCode>(verdict: Verdict, code: Code): FindingValues<Code>[] {
  return (verdict.evidence ?? []).filter((one) => one.code === code).map((one) => valuesOf(one, code))
}

function defaultsOf(node: Node): unknown {
  if (node.type === 'setting') return node.fallback
  return Object.fromEntries(Object.entries(node.fields).map(([key, below]) => [key, defaultsOf(below)]))
}
