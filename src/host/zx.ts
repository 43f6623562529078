import {createRequire} from 'node:module'
import {isAbsolute, join} from 'node:path'
import {assert} from '../base/assert.ts'

/**
 * What runs a user's zx script with the Node that runs us; words for the script itself go after it. Undefined where zx
 * is not installed. The path must be absolute: zx takes `-` and what looks like an address for other things than a file.
 */
export function zxCommand(script: string): readonly [string, ...string[]] | undefined {
  assert(isAbsolute(script), 'the path of a zx script is absolute')
  const program = zxProgram(import.meta.dirname)
  // Without the first option, Node warns on standard error each time that zx ends what it has started.
  return program === undefined ? undefined : [process.execPath, '--disable-warning=DEP0190', program, '--quiet', script]
}

/** Zx is never loaded into our process, so it is not in the bundle either: it stays a package beside it. */
export function zxProgram(folder: string): string | undefined {
  try {
    return createRequire(join(folder, 'from-here')).resolve('zx/cli')
  } catch {
    // Not installed there: what is wanted of the caller is to tell, not why the search ended.
    return undefined
  }
}
