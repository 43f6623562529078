import {custom, string} from '@oclif/core/flags'
import type {OptionFlag} from '@oclif/core/interfaces'
import {choice, whole} from '../config/shape.ts'
import {reader} from './flags.ts'

export function dataDirFlag(): OptionFlag<string | undefined> {
  return string({char: 'd', summary: 'Data folder of the server; else that of the settings', helpValue: 'DIR'})
}

export type RecordFormat = 'text' | 'json'

export function recordFormatFlag(): OptionFlag<RecordFormat | undefined> {
  const kind = choice('text', 'json')
  const summary = 'Each record as its bytes with a line break, or as a JSON object a line'
  return custom<RecordFormat>({summary, helpValue: 'text|json', parse: reader(kind, 'format')})()
}

export function sequenceFlag(name: string, summary: string): OptionFlag<number | undefined> {
  const kind = whole({min: 1, max: Number.MAX_SAFE_INTEGER - 1})
  return custom<number>({summary, helpValue: 'SEQ', parse: reader(kind, name)})()
}
