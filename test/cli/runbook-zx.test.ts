import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {test} from 'node:test'
import {estate} from './estate.ts'

/** From the bundle too: zx is the one package that is not in it. */
test('a zx step is run by the zx beside us, and later steps get what its script printed', async (t) => {
  const at = estate(t)
  at.file(
    'runbooks/hello.mjs',
    'const {stdout} = await $`echo ${process.env.LOGCASTER_INPUT_WORD}, ${argv._}`\necho(stdout)\n'
  )
  const file = `${at.data}/heard.txt`
  const runbook = at.runbook('hello', [
    'inputs: {word: {type: text, about: a word}}',
    'steps:',
    '  - {id: hello, zx: ./hello.mjs, with: {args: [from zx], changes: false}}',
    `  - {id: hear, use: file.write, with: {path: ${file}, content: '\${steps.hello.stdout}'}}`
  ])
  const document = await at.json(['runbook', 'run', runbook, '--input', 'word=$(id) "ahoi"'])
  assert.deepEqual(document.errors, [])
  assert.deepEqual(document.changed, [file])
  assert.equal(readFileSync(file, 'utf8'), '$(id) "ahoi", from zx')
})
