import {list, record} from '../../config/shape.ts'
import {zxCommand} from '../../host/zx.ts'
import {scriptPath, withDefault, word} from '../fields.ts'
import {shown} from './printed.ts'
import {programFields, programKind} from './programs.ts'

/** `zx: ./collect.mjs`: a script of the user's own, run by zx with the Node that runs us. */
export const zx = programKind({
  name: 'zx',
  about: {en: 'Runs a zx script of your own (JavaScript)', ko: '직접 쓴 zx 스크립트(JavaScript)를 실행'},
  fields: record({script: scriptPath(), args: withDefault(list(word()), []), ...programFields}),
  commandOf: ({script, args}) => ({
    word: script,
    argv: (path) => {
      const command = zxCommand(path)
      return command === undefined ? undefined : [...command, ...args]
    },
    isScript: true,
    target: shown([script, ...args])
  })
})
