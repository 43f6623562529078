import {assert} from '../base/assert.ts'
import {finding, type Finding} from '../base/findings.ts'
import type {CheckStatus} from '../base/report.ts'
import type {CheckContext, Limits, Verdict} from './check.ts'
import {fileSystemProbeMs, watchedPaths, type FileSystem, type Space, type WatchedPath} from './file-systems.ts'
import {verdictOfParts, type Part} from './parts.ts'

/** What a disk that answered means for a path on it. */
type Read = (path: string, space: Space, watched: WatchedPath) => Part

/** What there is to say where there is no reading. */
export function withoutReading(status: CheckStatus, said: Finding): Part {
  return {status, finding: said, value: null, order: 0}
}

/** The verdict over every disk that the configuration leads to. */
export async function diskVerdict(
  {config, isSet, fileSystems}: CheckContext,
  limits: Limits,
  read: Read
): Promise<Verdict> {
  const found = await Promise.all(
    watchedPaths(config, isSet).map(async (watched) => {
      const {path, isRequired} = watched
      return {watched, system: await (isRequired ? fileSystems.of(path) : fileSystems.nearest(path))}
    })
  )
  const parts = new Map<string, Part>()
  for (const {watched, system} of found) {
    const part = partOf(watched, system, read)
    const key = sameness(part, system, watched)
    if (!parts.has(key)) parts.set(key, part)
  }
  const verdict = verdictOfParts([...parts.values()], '%', limits)
  assert(verdict !== undefined, 'the root is always watched')
  return verdict
}

/** Several paths on one disk would all say the same, but for what each of them is needed for. */
function sameness({finding: {code}}: Part, system: FileSystem, {path}: WatchedPath): string {
  if (system.status === 'no-program') return system.program
  return system.status === 'known' && code !== 'disk-read-only' ? system.space.id : path
}

function partOf(watched: WatchedPath, system: FileSystem, read: Read): Part {
  const {path, setting} = watched
  switch (system.status) {
    case 'known':
      return read(system.path, system.space, watched)
    case 'missing':
      return withoutReading('critical', finding('path-missing', {path, setting}))
    case 'silent':
      return withoutReading('unknown', finding('mount-silent', {path: system.path, afterMs: fileSystemProbeMs}))
    case 'no-program':
      return withoutReading('unknown', finding('program-missing', {program: system.program}))
    case 'failed':
      return withoutReading('unknown', finding('not-readable', {path, reason: system.reason}))
  }
}
