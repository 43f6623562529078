import assert from 'node:assert/strict'
import {mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {realClock} from '../../src/host/clock.ts'
import {realProcesses, type Ran} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'
import {zxCommand, zxProgram} from '../../src/host/zx.ts'

const processes = realProcesses(realClock(), realRandom())

interface Given {
  readonly name?: string
  readonly words?: readonly string[]
  readonly deadlineMs?: number
}

async function runScript(t: TestContext, text: string, {name = 'own.mjs', words = [], ...given}: Given): Promise<Ran> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'logcaster-zx-')))
  t.after(() => {
    rmSync(folder, {recursive: true})
  })
  writeFileSync(join(folder, name), text)
  const command = zxCommand(join(folder, name))
  assert.ok(command !== undefined)
  // Far beyond what it takes on a busy machine.
  return processes.run([...command, ...words], {deadlineMs: 60_000, cwd: folder, env: {GREETING: 'hello'}, ...given})
}

test('zx: a script gets its words as they are, its environment and its folder, and runs programs', async (t) => {
  const text = `
    const words = argv._
    console.log(JSON.stringify([words, process.env.GREETING, process.cwd() === import.meta.dirname]))
    console.log(String(await $\`printf %s \${words[0]}\`))`
  const hostile = '$(exit 1); `id` "quoted" \'too\''
  const ran = await runScript(t, text, {words: [hostile, 'second']})
  assert.equal(ran.stderr.text, '')
  assert.equal(ran.stdout.text, `${JSON.stringify([[hostile, 'second'], 'hello', true])}\n${hostile}\n`)
  assert.deepEqual(ran.end, {how: 'exited', code: 0})
})

test('zx: a script that throws, or whose program fails, ends with a code that is not zero and says why', async (t) => {
  for (const text of ['throw new Error("out of patience")', 'await $`echo out of patience >&2; exit 7`']) {
    const {end, stderr} = await runScript(t, text, {})
    assert.ok(end.how === 'exited' && end.code !== 0)
    assert.match(stderr.text, /out of patience/)
  }
})

test('zx: scripts in TypeScript run, too', async (t) => {
  const ran = await runScript(t, 'const word: string = "typed"; console.log(word)', {name: 'own.ts'})
  assert.deepEqual([ran.end, ran.stdout.text], [{how: 'exited', code: 0}, 'typed\n'])
})

test('zx: at its deadline a script is gone, and so is what it has started', async (t) => {
  const ran = await runScript(t, 'await $`sleep 600`', {deadlineMs: 2000})
  assert.deepEqual(ran.end, {how: 'deadline'})
  assert.doesNotMatch(ran.stderr.text, /DEP0190/)
})

test('zx: what ends a program early warns of nothing on standard error', async (t) => {
  const ran = await runScript(t, 'await $`sleep 600`.timeout(200).nothrow(); console.log("over")', {})
  assert.deepEqual([ran.end, ran.stdout.text, ran.stderr.text], [{how: 'exited', code: 0}, 'over\n', ''])
})

test('zx: a script is named by its full path: nothing else can be taken for an address or an option', () => {
  for (const name of ['own.mjs', '-', '--eval', 'https://example.org/own.mjs']) {
    assert.throws(() => zxCommand(name), /full path|absolute/)
  }
})

test('zx: is found as from a bundle beside node_modules, and told as absent where it is not installed', () => {
  const root = join(import.meta.dirname, '../..')
  assert.equal(zxProgram(join(root, 'dist')), zxCommand('/own.mjs')?.[2])
  assert.equal(zxProgram(tmpdir()), undefined)
})
