import {Fault, reasonOf} from '../base/fault.ts'
import {noOutputs, type Applied, type Outputs, type Undone} from './step.ts'

/** What the system refused, as a result: the step has begun, and whoever runs it decides what comes next. */
export async function applied(path: string, act: () => Promise<Outputs>): Promise<Applied> {
  try {
    return {status: 'done', outputs: await act()}
  } catch (cause) {
    return {status: 'failed', fault: mishap(path, cause), outputs: noOutputs}
  }
}

export async function undone(path: string, act: () => Promise<void>): Promise<Undone> {
  try {
    await act()
    return {status: 'undone'}
  } catch (cause) {
    return {status: 'failed', fault: mishap(path, cause)}
  }
}

function mishap(path: string, cause: unknown): Fault {
  if (cause instanceof Fault) return cause as Fault
  // Without a code of the system it is a mistake of ours, and must not look like one of the disk.
  if (!(cause instanceof Error) || !('code' in cause)) throw cause
  return new Fault('file-unwritable', {path, reason: reasonOf(cause)}, {cause})
}
