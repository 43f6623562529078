import {formatDuration, formatSize} from '../base/units.ts'
import type {Writing} from './say.ts'

// What a Date can hold, less the day by which a zone may be off.
const timeMsMax = 8.64e15 - 86_400_000

/** ISO 8601 to the second, with the offset of the zone: `2026-11-20T22:05:11+09:00`, or `…Z` in UTC. */
export function formatTime(ms: number, zone: 'utc' | 'local'): string {
  if (!(Math.abs(ms) <= timeMsMax)) return 'invalid time'
  const date = new Date(ms)
  if (zone === 'utc') return date.toISOString().replace(/\.\d+Z$/, 'Z')
  const offsetMin = -date.getTimezoneOffset()
  const shifted = new Date(ms + offsetMin * 60_000).toISOString().replace(/\.\d+Z$/, '')
  const absolute = Math.abs(offsetMin)
  const hours = String(Math.floor(absolute / 60)).padStart(2, '0')
  const minutes = String(absolute % 60).padStart(2, '0')
  return `${shifted}${offsetMin < 0 ? '-' : '+'}${hours}:${minutes}`
}

export function writing(zone: 'utc' | 'local'): Writing {
  return {
    time: (ms) => formatTime(ms, zone),
    duration: formatDuration,
    size: formatSize,
    number: (value) => String(Math.round(value * 10) / 10),
    word: (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`)
  }
}
