import type {Random} from '../base/random.ts'
import type {Clock} from './clock.ts'
import type {Disk} from './disk.ts'
import type {Machine} from './machine.ts'
import type {Network} from './network.ts'
import type {OpenFiles} from './open-files.ts'
import type {Processes} from './processes.ts'
import type {ServiceManager} from './services.ts'

/**
 * The only door to the machine. Rooms take the part they need (`Pick<Host, 'disk' | 'clock'>`), so that a test can
 * hand them a simulated one that fails where it is told to.
 */
export interface Host {
  readonly clock: Clock
  readonly disk: Disk
  readonly processes: Processes
  readonly openFiles: OpenFiles
  readonly network: Network
  readonly machine: Machine
  readonly random: Random
  /** The manager that keeps services running here; `none` is an answer. */
  readonly services: ServiceManager
}

/** Before the configuration is read. */
export type BareHost = Omit<Host, 'services'>
