import {checkId, record} from '../../config/shape.ts'
import type {ReadingKind} from '../reading.ts'
import {unknownCheck, valuesOf} from '../verdict.ts'

/** What a check says before planning, so that steps can depend on it. Any verdict is an answer, a bad one too. */
export const checkReading: ReadingKind<{readonly id: string}> = {
  name: 'check',
  about: {en: 'What a check says', ko: '점검 결과'},
  fields: record({id: checkId()}),
  async read({inputs, check, signal}) {
    const fault = unknownCheck(inputs.id)
    return fault === undefined ? {value: valuesOf(await check(inputs.id, signal))} : {fault}
  }
}
