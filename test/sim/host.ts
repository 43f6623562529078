import type {Host} from '../../src/host/host.ts'
import type {Machine} from '../../src/host/machine.ts'
import {SimClock} from './clock.ts'
import {SimDisk} from './disk.ts'
import {SimNetwork} from './network.ts'
import {SimOpenFiles} from './open-files.ts'
import {SimProcesses} from './processes.ts'
import {seeded, type Seeded} from './random.ts'
import {SimServices} from './services.ts'
import type {TroubleOptions} from './trouble.ts'

/** A machine for one test: nothing on its disk, no programs, no units, nobody on the network, no file open. */
export interface SimHost extends Host {
  readonly clock: SimClock
  readonly disk: SimDisk
  readonly processes: SimProcesses
  readonly openFiles: SimOpenFiles
  readonly network: SimNetwork
  readonly random: Seeded
  readonly services: SimServices
}

/** `failAt`, `failAfter` and `error` are the disk's trouble. */
export interface SimHostOptions extends TroubleOptions {
  readonly seed: number
  readonly capacityBytes?: number
  readonly isLinkless?: boolean
  readonly nowMs?: number
  readonly machine?: Partial<Machine>
  readonly manager?: 'systemd' | 'none'
}

export function simHost(options: SimHostOptions): SimHost {
  const clock = new SimClock(options.nowMs)
  const machine = {...ordinary, ...options.machine}
  return {
    clock,
    disk: new SimDisk({...options, clock}),
    processes: new SimProcesses({clock, living: [machine.pid]}),
    openFiles: new SimOpenFiles(),
    network: new SimNetwork(),
    machine,
    random: seeded(options.seed),
    services: new SimServices({clock, name: options.manager})
  }
}

const ordinary: Machine = {
  hostname: 'sim',
  user: 'root',
  uid: 0,
  pid: 4242,
  home: '/root',
  cwd: '/root',
  env: {},
  execPath: '/usr/bin/node',
  script: '/opt/logcaster/dist/logcaster.cjs',
  argv: [],
  tty: null
}
