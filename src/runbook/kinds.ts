import {map, nullable, record} from '../config/shape.ts'
import {name, rawValue} from './fields.ts'
import type {ReadingKind} from './reading.ts'
import {checkReading} from './readings/check.ts'
import {filesFind} from './readings/files-find.ts'
import {filesHeld} from './readings/files-held.ts'
import type {StepKind} from './step.ts'
import {check} from './steps/check.ts'
import {fileMove} from './steps/file-move.ts'
import {filePurge} from './steps/file-purge.ts'
import {fileRemove} from './steps/file-remove.ts'
import {fileWrite} from './steps/file-write.ts'
import {run} from './steps/run.ts'
import {serviceRestart} from './steps/service-restart.ts'
import {serviceStart} from './steps/service-start.ts'
import {serviceStop} from './steps/service-stop.ts'
import {sh} from './steps/sh.ts'
import {wait} from './steps/wait.ts'
import {zx} from './steps/zx.ts'

/** Every kind of step. A new one is a file in `steps/` and a line here. */
export const kinds: readonly StepKind[] = [
  run,
  sh,
  zx,
  check,
  wait,
  fileWrite,
  fileMove,
  fileRemove,
  filePurge,
  serviceStart,
  serviceStop,
  serviceRestart
]

/** What can be read before planning: `${facts.NAME}`. */
export const readings: readonly ReadingKind[] = [filesFind, filesHeld, checkReading]

/** `use: runbook` stands for the steps of another one, so it is no kind of its own. */
export const callFields = record({name: name(), inputs: nullable(map(rawValue()))})
