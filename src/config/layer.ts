import type {Fault} from '../base/fault.ts'

/** Where a value came from, weakest first. */
export type Origin = 'default' | 'file' | 'environment' | 'flag'

/** What one source gave, by dotted key, and all that is wrong with it. */
export interface Layer {
  readonly values: ReadonlyMap<string, unknown>
  readonly faults: readonly Fault[]
}

export interface Layers {
  readonly file: Layer
  readonly environment: Layer
  readonly flags: Layer
}
