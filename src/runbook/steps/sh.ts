import {record, text} from '../../config/shape.ts'
import {programFields, programKind} from './programs.ts'

/**
 * `sh: |` and a text of the user's own. No value ever becomes part of the text: values come as variables, and what is
 * in them is not read by the shell. The first command that fails, or names a variable that is not set, ends it.
 */
export const sh = programKind({
  name: 'sh',
  about: {
    en: 'Runs a shell text with -eu; values come as variables of its environment',
    ko: '셸 글을 -eu 로 실행하며 값은 환경 변수로 받음'
  },
  fields: record({text: text(), ...programFields}),
  commandOf: (inputs) => ({
    word: '/bin/sh',
    argv: (path) => [path, '-eu', '-c', inputs.text],
    isScript: false,
    target: `sh: ${firstLine(inputs.text)}`
  })
})

const shownMax = 120

function firstLine(script: string): string {
  const [first = '', ...more] = script.trim().split('\n')
  return more.length > 0 || first.length > shownMax ? `${first.slice(0, shownMax)} …` : first
}
