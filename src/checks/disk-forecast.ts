import {finding} from '../base/findings.ts'
import {judge, skipped, type Check, type Limits, type Remembered} from './check.ts'
import {verdictOfParts, type Part} from './parts.ts'
import {watchedPaths} from './file-systems.ts'

/** One observation of a disk: when, and how much could still be written. */
export interface Sample {
  readonly atMs: number
  readonly availableBytes: number
}

/** Two weeks of daily runs: long enough for weekly patterns, short enough to forget a past cleanup. */
const samplesMax = 14
/** Below this the growth between two runs says more about the moment than about the trend. */
const spanMinMs = 6 * 3_600_000
/** Of runs within a day, the first is kept: more of them would push the older days out. Daily runs come a little early. */
const sampleEveryMs = 20 * 3_600_000

/** When the disk will be full if it goes on filling as it did over the last runs. */
export const diskForecast: Check = {
  id: 'disk.forecast',
  parents: ['disk.space'],
  async read({config, isSet, fileSystems, remembered, window}) {
    const limits = config.checks['disk.forecast']
    const paths = [...new Set(watchedPaths(config, isSet).map(({path}) => path))]
    const known = (await Promise.all(paths.map((path) => fileSystems.of(path)))).filter((one) => one.status === 'known')
    // Several paths on one disk would all say the same.
    const distinct = known.filter(({space}, at) => known.findIndex((other) => other.space.id === space.id) === at)
    // A disk that does not answer today keeps what was seen of it.
    const history: Record<string, readonly Sample[]> = {}
    for (const path of paths) {
      const before = samplesOf(remembered, path, window.toMs)
      if (before.length > 0) history[path] = before
    }
    const forecasts: Part[] = []
    for (const {path, space} of distinct) {
      const sample = {atMs: window.toMs, availableBytes: space.availableBytes}
      const samples = [...samplesOf(remembered, path, window.toMs), sample]
      history[path] = thinOut(samples)
      forecasts.push(...forecast(path, samples, limits))
    }
    const remember = {samples: history}
    const verdict = verdictOfParts(forecasts, 's', limits) ?? skipped(finding('no-history', {}))
    return {...verdict, remember}
  }
}

function forecast(path: string, samples: readonly Sample[], limits: Limits): Part[] {
  const first = samples[0]
  const last = samples.at(-1)
  if (first === undefined || last === undefined || last.atMs - first.atMs < spanMinMs) return []
  const lossPerMs = -slope(samples)
  // A growth that would take ten years is none.
  const fullInMs = lossPerMs > 0 ? last.availableBytes / lossPerMs : Number.POSITIVE_INFINITY
  if (fullInMs > 3650 * 86_400_000) {
    const said = finding('disk-not-growing', {path, samples: samples.length})
    return [{status: 'ok', finding: said, value: null, order: Number.MAX_VALUE}]
  }
  const growthBytesPerDay = lossPerMs * 86_400_000
  const said = finding('disk-full-in', {path, fullInMs, growthBytesPerDay, samples: samples.length})
  return [{status: judge(fullInMs, limits), finding: said, value: Math.round(fullInMs / 1000), order: fullInMs}]
}

/** Least squares: bytes per millisecond. */
export function slope(samples: readonly Sample[]): number {
  const meanAt = mean(samples.map(({atMs}) => atMs))
  const meanBytes = mean(samples.map(({availableBytes}) => availableBytes))
  let products = 0
  let squares = 0
  for (const {atMs, availableBytes} of samples) {
    products += (atMs - meanAt) * (availableBytes - meanBytes)
    squares += (atMs - meanAt) ** 2
  }
  return squares === 0 ? 0 : products / squares
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function thinOut(samples: readonly Sample[]): readonly Sample[] {
  const last = samples.at(-1)
  const before = samples.at(-2)
  const kept =
    last !== undefined && before !== undefined && last.atMs - before.atMs < sampleEveryMs
      ? samples.slice(0, -1)
      : samples
  return kept.slice(-samplesMax)
}

/**
 * State may have been written by hand or by another version, or while the clock was wrong: what is not a sample, or is
 * one of the future, is left out.
 */
function samplesOf(remembered: Remembered | undefined, path: string, nowMs: number): readonly Sample[] {
  const all = remembered?.values['samples']
  const own = typeof all === 'object' && all !== null ? (all as Readonly<Record<string, unknown>>)[path] : undefined
  return Array.isArray(own) ? own.filter(isSample).filter(({atMs}) => atMs < nowMs) : []
}

function isSample(value: unknown): value is Sample {
  if (typeof value !== 'object' || value === null) return false
  const {atMs, availableBytes} = value as Partial<Sample>
  return Number.isFinite(atMs) && Number.isFinite(availableBytes)
}
