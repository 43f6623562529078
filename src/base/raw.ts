import {isRecord} from './record.ts'

/** Reading JSON that may have been written by anybody: what is not as it should be is undefined. */

export type Raw = Readonly<Record<string, unknown>>

export function parseRecord(text: string): Raw | undefined {
  try {
    const raw: unknown = JSON.parse(text)
    return isRecord(raw) ? raw : undefined
  } catch {
    // Torn or foreign.
    return undefined
  }
}

export function textIn(raw: Raw, key: string): string | undefined {
  const value = raw[key]
  return typeof value === 'string' ? value : undefined
}

export function numberIn(raw: Raw, key: string): number | undefined {
  const value = raw[key]
  return typeof value === 'number' ? value : undefined
}

/** Milliseconds since 1970 of a time as we write them. */
export function timeIn(raw: Raw, key: string): number | undefined {
  const ms = Date.parse(textIn(raw, key) ?? '')
  return Number.isNaN(ms) ? undefined : ms
}

export function listIn(raw: Raw, key: string): readonly unknown[] {
  const value = raw[key]
  return Array.isArray(value) ? value : []
}
