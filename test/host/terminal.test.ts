import assert from 'node:assert/strict'
import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'
import {test} from 'node:test'
import {lacking} from '../cli/run.ts'

const fixture = fileURLToPath(new URL('../fixtures/terminal-ask.ts', import.meta.url))
const skip = lacking('script')

// Far beyond what it takes: a question that is never answered, or an end that never comes, must not hold the tests.
const patienceMs = 45_000

interface Sitting {
  readonly shown: string
  readonly code: number | null
}

/** Somebody sits at a terminal, waits for each question, and types this; undefined ends their typing. */
async function sit(typed: readonly (string | undefined)[], redirect = ''): Promise<Sitting> {
  const program = `exec '${process.execPath}' '${fixture}' ${typed.length} ${redirect}`
  const child = spawn('script', ['-qec', program, '/dev/null'], {timeout: patienceMs, killSignal: 'SIGKILL'})
  const waiting = [...typed]
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    const asked = 1 + typed.length - waiting.length
    if (waiting.length === 0 || !shown.includes(`Question ${asked}? `)) return
    const next = waiting.shift()
    if (next === undefined) child.stdin.end()
    else child.stdin.write(next)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return {shown, code}
}

test('terminal: only what says yes is yes, in both languages', {skip}, async () => {
  const typed = ['y\n', 'yes\n', 'YES\n', '  Y \n', '예\n', '네\n', 'n\n', '\n', 'yess\n', '아니오\n', 'y n\n', '예 \n']
  const {shown, code} = await sit(typed)
  assert.match(shown, /answers: (?:yes ){6}(?:no ){5}yes\r/)
  assert.equal(code, 0)
})

test('terminal: an input that ends says no, on a line of its own', {skip}, async () => {
  const {shown, code} = await sit([undefined])
  assert.match(shown, /Question 1\? (?:\^D\u0008\u0008)?\r\nanswers: no\r/)
  assert.equal(code, 0)
})

test('terminal: an interrupt says no, and the question that comes after it as well', {skip}, async () => {
  const {shown, code} = await sit(['\u0003', ''])
  assert.match(shown, /answers: no no\r/)
  assert.equal(code, 0)
})

test('terminal: what is longer than any answer is no', {skip}, async () => {
  const {shown} = await sit([`${'y'.repeat(2000)}\u0004`])
  assert.match(shown, /answers: no\r/)
})

test('terminal: where standard error is no terminal, nobody is asked', {skip}, () => {
  const program = `exec '${process.execPath}' '${fixture}' 1 2> /dev/null`
  const ran = spawnSync('script', ['-qec', program, '/dev/null'], {encoding: 'utf8', timeout: patienceMs})
  assert.match(ran.stdout, /^answers: nobody\r/)
})

test('terminal: where standard input is no terminal, nobody is asked, whatever stands in it', () => {
  const ran = spawnSync(process.execPath, [fixture], {input: 'y\n', encoding: 'utf8', timeout: patienceMs})
  assert.deepEqual([ran.stdout, ran.stderr], ['answers: nobody\n', ''])
})
