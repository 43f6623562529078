import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {test} from 'node:test'
import {realClock} from '../../src/host/clock.ts'
import {realProcesses} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'
import {ordinaryUser} from '../cli/run.ts'

const processes = realProcesses(realClock(), realRandom())

test('processes: one that runs exists, and no longer once it has ended and was waited for', async () => {
  const child = spawn('sleep', ['60'])
  const pid = child.pid ?? 0
  assert.equal(processes.exists(pid), true)
  child.kill('SIGKILL')
  await once(child, 'close')
  assert.equal(processes.exists(pid), false)
})

test('processes: numbers that mean a group, everybody, or nothing are no process', () => {
  assert.equal(processes.exists(process.pid), true)
  for (const pid of [0, -1, -process.pid, 1.5, Number.NaN, 2 ** 31, 2 ** 60]) assert.equal(processes.exists(pid), false)
})

test('processes: one that we may not signal exists all the same', async (t) => {
  const user = ordinaryUser()
  if (typeof user === 'string') {
    t.skip(user)
    return
  }
  const source = new URL('../../src/host/', import.meta.url)
  const script = `
    const {realProcesses} = await import('${new URL('processes.ts', source).href}')
    process.stdout.write(String(realProcesses().exists(1)))`
  const words = [...user.under, process.execPath, '--input-type=module', '--eval', script]
  const child = spawn(words[0] ?? '', words.slice(1), {stdio: ['ignore', 'pipe', 'inherit']})
  const output = child.stdout.setEncoding('utf8').toArray()
  assert.deepEqual(await output, ['true'])
})
