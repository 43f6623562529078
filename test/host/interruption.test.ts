import assert from 'node:assert/strict'
import {execFileSync, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test} from 'node:test'

test('interruption: SIGHUP stops, but for who takes it as another wish, and until that gives it back', async () => {
  const script = join(import.meta.dirname, '../fixtures/hang-up.ts')
  const child = spawn(process.execPath, [script], {timeout: 20_000, killSignal: 'SIGKILL'})
  const said: string[] = []
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    const word = chunk.toString().trim()
    said.push(word)
    child.kill('SIGHUP')
  }
  assert.deepEqual(said, ['taken', 'again', 'stop: SIGHUP'])
})

test('end: a read that never comes back does not hold the process, which ends with its own code', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'logcaster-end-'))
  t.after(() => {
    rmSync(folder, {recursive: true})
  })
  const fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  const script = join(import.meta.dirname, '../fixtures/stuck-read.ts')
  const child = spawn(process.execPath, [script, fifo], {timeout: 20_000, killSignal: 'SIGKILL'})
  assert.deepEqual(await once(child, 'exit'), [3, null])
})
