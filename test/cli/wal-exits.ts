import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {hostname} from 'node:os'
import {filled, type LogFile} from '../store/log-files.ts'
import type {Estate} from './estate.ts'
import {reading, usage, type Cases} from './exit-case.ts'

const misuse: Pick<Cases, 'unexpected argument' | 'missing value'> = {
  'unexpected argument': {argv: () => ['more'], code: 64, error: 'usage-unexpected-argument'},
  'missing value': {argv: () => ['--data-dir'], code: 64, error: 'usage-missing-value'}
}

/** In the order of the commands. */
export const walCases: Readonly<Record<string, Cases>> = {
  'server wal ls': {
    ...usage(64),
    ...reading,
    ...misuse,
    success: {argv: withLog(() => filled(3)), code: 0},
    failure: {argv: () => ['--data-dir', './data'], code: 10, error: 'wal-absent'}
  },
  'server wal verify': {
    ...usage(3),
    success: {argv: withLog(() => filled(3)), code: 0},
    failure: {argv: withLog(damaged), code: 2},
    'unexpected argument': {argv: () => ['more'], code: 3, error: 'usage-unexpected-argument'},
    'missing value': {argv: () => ['--data-dir'], code: 3, error: 'usage-missing-value'},
    refusal: {argv: () => ['--data-dir', './data'], code: 3, error: 'wal-absent'}
  },
  'server wal export': {
    ...usage(64),
    ...reading,
    ...misuse,
    success: {argv: withLog(() => filled(3)), code: 0},
    failure: {argv: withLog(damaged), code: 3, error: 'wal-holes', hasResult: true},
    'bad value': {argv: () => ['--format', 'nagios'], code: 64, error: 'usage-bad-value'}
  },
  'server wal import-persistence': {
    ...usage(64),
    success: {argv: (at) => [legacy(at), '--data-dir', './data'], code: 0},
    failure: {argv: () => [], code: 64, error: 'usage-missing-argument'},
    'unexpected argument': {argv: (at) => [legacy(at), './absent.log'], code: 10, error: 'import-nothing'},
    'missing value': {argv: (at) => [legacy(at), '--data-dir'], code: 64, error: 'usage-missing-value'},
    refusal: {argv: locked, code: 11, error: 'data-locked'}
  }
}

/** In the data folder of the settings. */
function withLog(make: () => LogFile): (at: Estate) => readonly string[] {
  return (at) => {
    const log = make()
    mkdirSync(`${at.data}/wal`, {recursive: true})
    writeFileSync(`${at.data}/wal/${log.name}`, log.bytes)
    return []
  }
}

/** What the examples in the help work on. */
export function giveLog(at: Estate): void {
  withLog(() => filled(3))(at)
  at.file('logs/current.log', '[2026-01-02 03:04:05] one\n')
}

function damaged(): LogFile {
  const log = filled(3)
  log.bytes[log.frameAt(1).from + 90]! ^= 1
  return log
}

function legacy(at: Estate): string {
  return at.file('current.log', '[2026-01-02 03:04:05] one\n')
}

/** By this very process. */
function locked(at: Estate): readonly string[] {
  const stat = readFileSync('/proc/self/stat', 'latin1')
  const identity = {
    pid: process.pid,
    start_ticks: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]),
    boot_id: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    pid_namespace: statSync('/proc/self/ns/pid').ino,
    host: hostname(),
    uid: 0,
    user: 'root'
  }
  const claim = {format: 1, held: 1, beat: '0000000001', since: '2026-11-20T09:15:00.000Z', identity}
  writeFileSync(`${at.data}/server.test.lock`, `${JSON.stringify(claim)}\n`)
  return [legacy(at)]
}
