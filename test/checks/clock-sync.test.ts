import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Verdict} from '../../src/checks/check.ts'
import {clockSync, parseChrony, parseTimedate} from '../../src/checks/clock-sync.ts'
import {simHost} from '../sim/host.ts'
import {exited, type Script} from '../sim/processes.ts'
import {verdictOf} from './context.ts'

// Recorded from `chronyc -c tracking` of chrony 4.3: one with a reference, one that has found none.
const synchronised =
  '7F7F0101,,8,1795183618.031597597,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,0.000000000,0.000000000,0.0,Normal\n'
const searching =
  '00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,1.000000000,1.000000000,0.0,Not synchronised\n'

function offBy(seconds: string, leap = 'Normal'): string {
  return `A29FC801,time.test,4,1795183618.031597597,${seconds},-0.000012345,0.000234567,-12.345,0.001,0.123,0.012345678,0.001234567,64.5,${leap}\n`
}

const stopped = exited(1, '506 Cannot talk to daemon\n')
const isOff = exited(0, 'NTP=no\nNTPSynchronized=no\n')

/** On a machine that systemd has booted, unless it is a container. */
function read(programs: Readonly<Record<string, Script>>, isContainer = false): Promise<Verdict> {
  const host = simHost({seed: 1})
  if (!isContainer) host.disk.put('/run/systemd/system/units', '')
  for (const [program, script] of Object.entries(programs)) host.processes.script([program], script)
  return verdictOf(clockSync, host)
}

test('how far the clock is off is judged, either way', async () => {
  for (const [seconds, status, value] of [
    ['0.000000000', 'ok', 0],
    ['0.500000000', 'ok', 0.5],
    ['-0.500000000', 'ok', 0.5],
    ['0.600000000', 'warning', 0.6],
    ['-0.600000000', 'warning', 0.6],
    ['10.000000000', 'warning', 10],
    ['-11.000000000', 'critical', 11],
    ['86400.000000000', 'critical', 86_400]
  ] as const) {
    const verdict = await read({chronyc: exited(0, offBy(seconds))})
    assert.deepEqual([verdict.status, verdict.value, verdict.unit], [status, value, 's'], seconds)
    assert.deepEqual(verdict.threshold, {warning: '500ms', critical: '10s'})
    const values = {source: 'chrony', offsetMs: Number(seconds) * 1000}
    assert.deepEqual(verdict.finding, {code: 'clock-synchronised', values})
  }
})

test('a clock that is not kept right is critical, however small the offset is said to be', async () => {
  const chrony = await read({chronyc: exited(0, searching)})
  assert.deepEqual([chrony.status, chrony.value], ['critical', 'unsynchronised'])
  assert.deepEqual(chrony.finding, {code: 'clock-unsynchronised', values: {source: 'chrony'}})
  const timesyncd = await read({timedatectl: exited(0, 'NTP=yes\nNTPSynchronized=no\n')})
  assert.deepEqual([timesyncd.status, timesyncd.finding.values], ['critical', {source: 'systemd-timesyncd'}])
})

test('where chrony is not installed or not running, the manager is asked', async () => {
  const answer = exited(0, 'NTP=yes\nNTPSynchronized=yes\n')
  const silent: Script[] = [stopped, exited(0, ''), exited(0, 'nonsense\n'), 'hangs']
  for (const chronyc of [undefined, ...silent]) {
    const verdict = await read({timedatectl: answer, ...(chronyc === undefined ? {} : {chronyc})})
    assert.deepEqual([verdict.status, verdict.value], ['ok', 'synchronised'])
    const values = {source: 'systemd-timesyncd', offsetMs: null}
    assert.deepEqual(verdict.finding, {code: 'clock-synchronised', values})
  }
})

test('S-02: where there is no time service to ask, that is what is said', async () => {
  for (const programs of [{}, {timedatectl: isOff}]) {
    const verdict = await read(programs)
    assert.deepEqual([verdict.status, verdict.finding.code], ['skipped', 'not-on-this-machine'])
  }
})

test('S-02: in a container the programs of systemd may be there without anybody behind them: they are not asked', async () => {
  const without = "System has not been booted with systemd as init system (PID 1). Can't operate.\n"
  for (const timedatectl of [exited(1, '', without), 'hangs', exited(0, 'NTP=yes\nNTPSynchronized=yes\n')] as const) {
    assert.equal((await read({timedatectl}, true)).status, 'skipped')
    const verdict = await read({timedatectl, chronyc: stopped}, true)
    assert.deepEqual([verdict.status, verdict.finding.values], ['unknown', chronyStopped])
  }
})

const chronyStopped = {program: 'chronyc', how: 'exit 1', detail: '506 Cannot talk to daemon'}

test('S-02: a time service that is there and does not answer leaves the clock unknown, with how it failed', async () => {
  const refused = exited(1, '', 'Failed to query server: Connection timed out\n')
  for (const [programs, values] of [
    [{chronyc: stopped}, chronyStopped],
    [{chronyc: stopped, timedatectl: isOff}, chronyStopped],
    [{chronyc: stopped, timedatectl: 'hangs'}, chronyStopped],
    [{chronyc: 'hangs'}, {program: 'chronyc', how: 'deadline', detail: ''}],
    [{chronyc: exited(0, 'nonsense\n')}, {program: 'chronyc', how: 'exit 0', detail: 'nonsense'}],
    [{timedatectl: 'hangs'}, {program: 'timedatectl', how: 'deadline', detail: ''}],
    [{timedatectl: exited(0, '')}, {program: 'timedatectl', how: 'exit 0', detail: ''}],
    [
      {timedatectl: refused},
      {program: 'timedatectl', how: 'exit 1', detail: 'Failed to query server: Connection timed out'}
    ]
  ] as const) {
    const verdict = await read(programs)
    assert.deepEqual([verdict.status, verdict.finding], ['unknown', {code: 'program-failed', values}])
  }
})

test('the offset is told with its sign, in milliseconds', () => {
  assert.deepEqual(parseChrony(synchronised), {source: 'chrony', isSynchronised: true, offsetMs: 0})
  assert.deepEqual(parseChrony(searching), {source: 'chrony', isSynchronised: false, offsetMs: 0})
  assert.equal(parseChrony(offBy('-0.25'))?.offsetMs, -250)
})

test('a leap second that is coming is no reason to doubt the clock', () => {
  for (const leap of ['Insert second', 'Delete second'])
    assert.equal(parseChrony(offBy('0', leap))?.isSynchronised, true)
})

test('a line of chrony that is cut, or of another form, is no answer', () => {
  for (const line of [
    '',
    synchronised.slice(0, 60),
    offBy('abc'),
    'Reference ID    : 7F7F0101 ()\nStratum         : 8\n'
  ]) {
    assert.equal(parseChrony(line), undefined, line)
  }
})

test('where nobody keeps the clock and it is right all the same, the host of a virtual machine may: that is enough', () => {
  const right = {source: 'systemd-timesyncd', isSynchronised: true, offsetMs: null}
  assert.deepEqual(parseTimedate('NTP=no\nNTPSynchronized=yes\n'), right)
  assert.equal(parseTimedate('NTP=no\nNTPSynchronized=no\n'), 'none')
  assert.equal(parseTimedate(''), undefined)
})
