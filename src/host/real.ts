import {realClock} from './clock.ts'
import {realDisk} from './disk.ts'
import type {BareHost} from './host.ts'
import {realMachine} from './machine.ts'
import {realNetwork} from './network.ts'
import {realOpenFiles} from './open-files.ts'
import {realProcesses} from './processes.ts'
import {realRandom} from './random.ts'

/** The machine we run on, without its service manager: which one that is, the configuration may say. */
export function realHost(): BareHost {
  // What we write, and what the programs write that we start, is not for everybody to read.
  process.umask(0o027)
  const clock = realClock()
  const random = realRandom()
  const processes = realProcesses(clock, random)
  return {
    clock,
    disk: realDisk(),
    processes,
    openFiles: realOpenFiles(clock),
    network: realNetwork(clock, processes),
    machine: realMachine(),
    random
  }
}
