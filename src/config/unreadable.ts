import {Fault, reasonOf} from '../base/fault.ts'

/** A file of the configuration that is there and cannot be read. */
export function unreadable(path: string, cause: unknown): Fault {
  return new Fault('config-unreadable', {path, reason: reasonOf(cause)}, {cause})
}
