import type {Finding} from '../base/findings.ts'
import type {NoticeLevel} from '../base/notice.ts'
import {catalogueOf} from './catalogue.ts'
import {wrap} from './columns.ts'
import {en} from './en.ts'
import type {Reading} from './lines.ts'
import {sayFinding} from './say.ts'
import {formatTime, writing} from './writing.ts'

/** What a server tells, as one JSON object: for programs, so always in English and UTC. */
export function noticeFields(level: NoticeLevel, said: Finding, atMs: number): Record<string, unknown> {
  const {text, hint} = sayFinding(said, en, writing('utc'))
  return {
    timestamp: formatTime(atMs, 'utc'),
    level,
    service: 'logcaster',
    code: said.code,
    message: text,
    ...(hint === undefined ? {} : {hint}),
    values: said.values
  }
}

/** The same for people: what is good is said as it is, what is bad as any error. */
export function noticeLines(level: NoticeLevel, said: Finding, reading: Reading): string[] {
  const catalogue = catalogueOf(reading.language)
  const {text, hint} = sayFinding(said, catalogue, writing(reading.zone))
  if (level === 'info') return wrap(text, reading.columns)
  const word = level === 'warn' ? catalogue.words.warning : catalogue.words.error
  return [`${word}: ${text}`, ...(hint === undefined ? [] : [`  → ${hint}`])]
}
