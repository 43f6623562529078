import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {hostname} from 'node:os'
import type {Estate} from './estate.ts'
import {freePorts} from './serving.ts'
import {badFile, reading, usage, type Case, type Cases} from './exit-case.ts'

/** Runs the command until this file is there, and then tells it to end. */
function untilThere(file: string): readonly string[] {
  const script = `"$@" & until [ -e "${file}" ]; do kill -0 $! || break; sleep 0.05; done; kill -TERM $!; wait $!`
  return ['/bin/sh', '-c', script, 'sh']
}

const anyPorts = ['--log-port', '0', '--query-port', '0', '--http-port', '0']

const unused = [...(await freePorts(32))]

/** Of a server that nobody calls: two of them never want the same port. */
function onePort(): readonly string[] {
  const others = ['query', 'http'].flatMap((name) => ['--set', `server.${name}_port=`])
  return ['--set', `server.log_port=${String(unused.pop())}`, ...others]
}

function supervised(): readonly string[] {
  return ['--set', 'service.manager=pidfile', ...onePort()]
}

const noPorts = ['log', 'query', 'http'].flatMap((name) => ['--set', `server.${name}_port=`])
const unmanaged = ['--set', 'service.manager=none']
const exposed = ['--set', 'server.listen=0.0.0.0']
const elsewhere = ['--set', 'server.listen=192.0.2.1', '--set', 'server.insecure=true']

const front: Omit<Cases, 'success'> = {
  ...usage(64),
  failure: {
    argv: () => [...anyPorts, '--listen', '192.0.2.1', '--insecure'],
    code: 69,
    error: 'server-port-unusable'
  },
  'unexpected argument': {argv: () => ['more'], code: 64, error: 'usage-unexpected-argument'},
  'missing value': {argv: () => ['--data-dir'], code: 64, error: 'usage-missing-value'},
  'bad value': {argv: () => ['--ring-lines', '0'], code: 64, error: 'usage-bad-value'},
  refusal: {argv: () => ['--listen', '0.0.0.0'], code: 5, error: 'server-exposed'}
}

function changing(success: Pick<Case, 'argv' | 'leavesProcesses'>): Cases {
  return {
    ...usage(64),
    ...reading,
    success: {...success, code: 0},
    'bad value': {argv: () => ['--wait', '0'], code: 64, error: 'usage-bad-value'},
    refusal: {argv: () => unmanaged, code: 69, error: 'unit-no-manager', hasResult: true}
  }
}

const starting: Case = {
  argv: () => [...supervised(), ...elsewhere],
  code: 1,
  error: 'server-not-up',
  hasResult: true,
  leavesProcesses: true
}

/** In the order of the commands. */
export const serverCases: Readonly<Record<string, Cases>> = {
  up: {
    ...front,
    success: {argv: () => anyPorts, code: 0, under: untilThere('$LOGCASTER_PATHS_STATE/daily-check.json')}
  },
  server: {
    ...front,
    success: {
      argv: () => [...anyPorts, '--port-file', './ports'],
      code: 0,
      under: untilThere('ports'),
      isTelling: true
    }
  },
  'server start': {...changing({argv: supervised, leavesProcesses: true}), failure: starting},
  'server stop': changing({argv: supervised}),
  'server status': {
    ...usage(3),
    success: {argv: (at) => [...running(at), '--set', 'service.manager=pidfile', ...noPorts], code: 0},
    failure: {argv: supervised, code: 2},
    'unexpected argument': {argv: () => ['more'], code: 3, error: 'usage-unexpected-argument'},
    'missing value': {argv: () => ['--set'], code: 3, error: 'usage-missing-value'},
    refusal: {...reading.refusal, code: 3}
  },
  'server restart': {...changing({argv: supervised, leavesProcesses: true}), failure: starting},
  'server supervise': {
    ...usage(64),
    ...reading,
    success: {
      argv: onePort,
      code: 0,
      under: untilThere('$LOGCASTER_PATHS_STATE/service/logcaster.service.ports')
    },
    failure: {argv: () => exposed, code: 1, error: 'server-fails'}
  },
  'server unit': {
    ...usage(64),
    ...reading,
    // It needs no configuration, and so reads none.
    success: {argv: badFile, code: 0},
    failure: {argv: () => ['--quietly'], code: 64, error: 'usage-unknown-flag'},
    refusal: {argv: () => ['--lang', 'latin'], code: 64, error: 'usage-bad-value'}
  }
}

/** A pid file that takes this process for the service. */
function running(at: Estate): readonly string[] {
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
  const state = {format: 1, unit: 'logcaster.service', phase: 'running', result: 'success', reason: ''}
  const record = {...state, sinceMs: Date.now(), restarts: 0, supervisor: identity, service: identity}
  mkdirSync(`${at.state}/service`, {recursive: true, mode: 0o700})
  writeFileSync(`${at.state}/service/logcaster.service.pid`, JSON.stringify(record))
  return []
}
