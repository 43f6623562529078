import type {CheckResult, PlanItem, Report} from '../base/report.ts'
import {Fault} from '../base/fault.ts'
import {finding, type Finding} from '../base/findings.ts'
import type {World} from '../cli.ts'
import type {Opened} from '../config/read.ts'
import {exportWal} from '../store/wal-export.ts'
import {importFiles, planImport, type ImportOptions, type LegacyFile} from '../store/wal-import.ts'
import {listSegments, verifyWal, type VerifiedWal} from '../store/wal-tools.ts'
import {table} from '../text/columns.ts'
import {hasFlag} from '../text/language.ts'
import {writing} from '../text/writing.ts'
import {inert} from './printing.ts'
import {readConfig, type SceneFlags} from './scene.ts'
import {folderOf} from './server-flags.ts'

export interface WalFlags extends SceneFlags {
  readonly 'data-dir'?: string | undefined
}

interface Data {
  readonly config: Opened['config']
  readonly directory: string
}

/** The folder that a flag names, else that of the settings. */
async function openData(world: World, flags: WalFlags): Promise<Data> {
  const {config} = await readConfig(flags, world.host)
  const named = folderOf(flags['data-dir'], world.host.machine.cwd)
  return {config, directory: named ?? config.server.data_dir ?? config.paths.data}
}

/** `server wal ls` */
export async function listWal(world: World, flags: WalFlags): Promise<Report> {
  const {directory} = await openData(world, flags)
  const segments = await listSegments(world.host.disk, directory)
  const write = writing(world.style.reading.zone)
  const time = (ms: number | undefined): string => (ms === undefined ? '-' : write.time(ms))
  const rows = segments.map(({name, firstSeq, endSeq, bytes, firstMs, lastMs, state}) => {
    const records = String(endSeq - firstSeq)
    return [
      name,
      state,
      endSeq > firstSeq ? `${firstSeq}-${endSeq - 1}` : '-',
      records,
      write.size(bytes),
      time(firstMs),
      time(lastMs)
    ]
  })
  const fields = segments.map((segment) => ({
    name: segment.name,
    state: segment.state,
    first_seq: segment.firstSeq,
    next_seq: segment.endSeq,
    records: segment.endSeq - segment.firstSeq,
    bytes: segment.bytes,
    first_at: segment.firstMs === undefined ? null : iso(segment.firstMs),
    last_at: segment.lastMs === undefined ? null : iso(segment.lastMs)
  }))
  return {...bare('server wal ls'), body: {lines: table(rows), fields: {directory, segments: fields}}}
}

/** `server wal verify` */
export async function verifyLog(world: World, flags: WalFlags): Promise<Report> {
  const {directory} = await openData(world, flags)
  const begunMs = world.host.clock.elapsed()
  const found = await verifyWal(world.host, directory)
  const check: CheckResult = {
    id: 'wal.integrity',
    ...verdictOn(found),
    unit: null,
    threshold: null,
    durationMs: world.host.clock.elapsed() - begunMs
  }
  const {segments, records, bytes, firstSeq, nextSeq, torn, damaged} = found
  const fields = {
    ...{directory, segments, records, bytes, first_seq: firstSeq, next_seq: nextSeq},
    torn: torn === undefined ? null : {...holeFields(torn), bytes: torn.bytes},
    damage: damaged.map(holeFields)
  }
  return {
    ...bare('server wal verify'),
    status: check.status === 'skipped' ? 'unknown' : check.status,
    checks: [check],
    body: {lines: [], fields}
  }
}

// More than anybody reads; the JSON document has all.
const evidenceMax = 50

function verdictOn({
  status,
  segments,
  records,
  bytes,
  torn,
  damaged
}: VerifiedWal): Pick<CheckResult, 'status' | 'value' | 'finding' | 'evidence'> {
  if (status === 'whole') {
    return {status: 'ok', value: 0, finding: finding('wal-verified', {segments, records, bytes}), evidence: []}
  }
  const tail = torn === undefined ? [] : [finding('wal-torn', {file: torn.file, from: torn.from, bytes: torn.bytes})]
  if (status === 'torn' && torn !== undefined) {
    const lost = torn.seqTo - torn.seqFrom
    return {
      status: 'warning',
      value: lost,
      finding: finding('wal-ends-torn', {records: lost, bytes: torn.bytes}),
      evidence: tail
    }
  }
  const lost = damaged.reduce((sum, {seqFrom, seqTo}) => sum + seqTo - seqFrom, 0)
  const holes: readonly Finding[] = damaged.map((hole) => finding('wal-damaged', {...hole, copy: null}))
  return {
    status: 'critical',
    value: lost,
    finding: finding('wal-has-holes', {holes: damaged.length, records: lost}),
    evidence: [...holes.slice(0, evidenceMax), ...tail]
  }
}

function holeFields({
  file,
  from,
  to,
  seqFrom,
  seqTo
}: VerifiedWal['damaged'][number]): Readonly<Record<string, unknown>> {
  return {file, from, to, seq_from: seqFrom, seq_to: seqTo}
}

export interface ExportFlags extends WalFlags {
  readonly format?: 'text' | 'json' | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly since?: number | undefined
  readonly json?: boolean | undefined
}

/** Records go out as they are read, whatever their form: nothing but what is wrong is told beside them. */
export function exportingWorld(world: World): World {
  const {argv} = world.host.machine
  return {...world, style: {...world.style, format: hasFlag(argv, '--json') ? 'json' : 'text'}}
}

/** `server wal export`; with `--json` no records, but what they are. */
export async function exportLog(world: World, flags: ExportFlags): Promise<Report> {
  const {directory} = await openData(world, flags)
  const {from = 0, to, since, format = 'text'} = flags
  const options = {
    format,
    seqFrom: from,
    seqTo: to === undefined ? Infinity : to + 1,
    sinceMs: since === undefined ? 0 : world.host.clock.now() - since,
    inert
  }
  const take = flags.json === true ? (): Promise<boolean> => Promise.resolve(!world.stop.aborted) : printerOf(world)
  const {records, bytes, firstSeq, nextSeq, missing, holes} = await exportWal(world.host.disk, directory, {
    options,
    take
  })
  const errors = missing === 0 ? [] : [new Fault('wal-holes', {path: directory, holes, records: missing})]
  const fields = {directory, records, bytes, first_seq: firstSeq ?? null, next_seq: nextSeq, missing}
  const status = errors.length > 0 ? 'partial' : 'nothing'
  return {...bare('server wal export'), status, errors, body: {lines: [], fields}}
}

function printerOf({terminal, stop}: World): (bytes: Uint8Array) => Promise<boolean> {
  return async (bytes) => {
    if (stop.aborted) return false
    const printed = await terminal.print(bytes)
    if (printed.status === 'failed') throw new Fault('output-failed', {reason: printed.reason})
    return printed.status === 'written'
  }
}

export interface ImportFlags extends WalFlags {
  readonly 'dry-run': boolean
}

/** `server wal import-persistence` */
export async function importLog(world: World, flags: ImportFlags, paths: readonly string[]): Promise<Report> {
  const {config, directory} = await openData(world, flags)
  const begunMs = world.host.clock.elapsed()
  const files = await planImport(world.host.disk, directory, {paths, retainBytes: config.server.retain_bytes})
  const plan = files.map(itemFor)
  const open = files.filter(({records, stored}) => stored < records)
  const report = {...bare('server wal import-persistence'), plan, isDryRun: flags['dry-run']}
  if (flags['dry-run']) return {...report, status: open.length === 0 ? 'nothing' : 'planned'}
  if (open.length === 0) return report
  const stored = await importFiles(world.host, {
    directory,
    files: open,
    options: optionsFrom(config.server),
    stop: world.stop
  })
  const changed = open.map(({path}) => path)
  const outcome = {status: 'done', said: null, durationMs: world.host.clock.elapsed() - begunMs} as const
  const done = plan.map((item) => (item.action === 'change' ? {...item, outcome} : item))
  return {...report, plan: done, status: 'done', changed, body: {lines: [], fields: {stored}}}
}

function optionsFrom(server: Data['config']['server']): ImportOptions {
  return {
    retainBytes: server.retain_bytes,
    minFreeBytes: server.min_free ?? 0,
    lineBytesMax: server.max_line
  }
}

function itemFor({path, records, stored, bytes}: LegacyFile): PlanItem {
  return {
    id: 'import',
    kind: 'wal.import',
    target: path,
    action: stored < records ? 'change' : 'nothing',
    said: finding('wal-import', {path, records, stored}),
    before: {stored},
    after: {stored: records},
    reversible: false,
    needs: {root: false, programs: [], spaceBytes: bytes},
    risk: 'low',
    timeoutMs: 0
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function bare(command: string): Report {
  return {command, status: 'nothing', changed: [], checks: [], warnings: [], errors: []}
}
