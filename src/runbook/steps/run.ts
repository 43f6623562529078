import {record} from '../../config/shape.ts'
import {words} from '../fields.ts'
import {commandOf, programFields, programKind} from './programs.ts'

/** `run: [df, -P]`: one program and its words, with no shell around it that could make more of them. */
export const run = programKind({
  name: 'run',
  about: {
    en: 'Runs a program with its arguments, without a shell',
    ko: '셸 없이 프로그램을 인자와 함께 실행'
  },
  fields: record({argv: words(), ...programFields}),
  commandOf: ({argv}) => commandOf(argv)
})
