import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {join} from 'node:path'
import {test} from 'node:test'
import {workerEnd} from '../../src/host/workers.ts'

const checkout = join(import.meta.dirname, '../..')

test('workers: a process with nothing else to do ends, though its thread is idle and not broken off', () => {
  const program = `
    import {realWorkers} from './src/host/workers.ts'
    import {filledRing} from './test/store/filled-ring.ts'
    const {memory, layout, put} = filledRing()
    put(['one', 'two'])
    const thread = realWorkers().start({room: 'store', name: 'scan-worker'}, {memory, layout})
    const patience = setTimeout(() => {}, 20_000)
    thread.onMessage(({matches}) => {
      console.log('found', matches)
      clearTimeout(patience)
    })
    thread.onEnd(() => {})
    thread.post({query: {keywords: ['t'], operator: 'and', patterns: [], fromMs: 0, toMs: 1}, bytesMax: 1000})
  `
  const options = {cwd: checkout, encoding: 'utf8', timeout: 30_000} as const
  assert.equal(execFileSync(process.execPath, ['--input-type=module', '--eval', program], options), 'found 1\n')
})

test('workers: what is only meant for a thread says so elsewhere', () => {
  assert.throws(workerEnd, /only started as a worker/)
})
