import {Fault} from '../base/fault.ts'
import type {Report} from '../base/report.ts'
import type {World} from '../cli.ts'
import {readText} from '../host/files.ts'
import {installedFolder} from '../host/installed.ts'

const unitBytesMax = 1 << 16
const usualProgram = '/usr/local/bin/logcaster'

/** `server unit`: the unit that comes along, for the place where we are installed. */
export async function printUnit({host}: Pick<World, 'host'>, folder = installedFolder()): Promise<Report> {
  const path = `${folder}/templates/logcaster.service`
  const text = await readText(host.disk, path, unitBytesMax)
  if (text === undefined) throw new Fault('file-unreadable', {path, reason: 'ENOENT'})
  const program = `${folder}/bin/logcaster`
  const unit = text.replaceAll(usualProgram, program)
  // What the unit keeps from the server, it keeps from itself.
  const isHidden = /^\/(?:home|root|run\/user|tmp|var\/tmp)\//.test(program)
  return {
    command: 'server unit',
    status: 'nothing',
    changed: [],
    checks: [],
    warnings: isHidden ? [new Fault('server-unit-hidden', {path: program})] : [],
    errors: [],
    body: {lines: unit.trimEnd().split('\n'), fields: {unit}}
  }
}
