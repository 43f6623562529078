import type {FaultCode, FaultValues} from './faults.ts'

/** Something failed that an operator can mend. The sentence and the hint for the code and its values are in `text/`. */
export class Fault<Code extends FaultCode = FaultCode> extends Error {
  readonly code: Code
  readonly values: FaultValues<Code>

  constructor(code: Code, values: FaultValues<Code>, options?: ErrorOptions) {
    super(`${code} ${JSON.stringify(values)}`, options)
    this.name = 'Fault'
    this.code = code
    this.values = values
  }
}

/** Several faults found together, for readers that report all problems at once. */
export class Faults extends Error {
  readonly all: readonly Fault[]

  constructor(all: readonly Fault[]) {
    super(all.map((fault) => fault.message).join('\n'))
    this.name = 'Faults'
    this.all = all
  }
}

/** The short reason of an error of the system (`ENOSPC`), or the one that a Fault carries; else its message. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const carried =
    cause instanceof Fault
      ? (cause.values as {readonly reason?: unknown}).reason
      : (cause as NodeJS.ErrnoException).code
  return typeof carried === 'string' ? carried : cause.message
}
