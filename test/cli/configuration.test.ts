import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Fault} from '../../src/base/fault.ts'
import {initConfig} from '../../src/cli/configuration.ts'
import {example} from '../../src/config/example.ts'
import {readingOf} from '../text/reports.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import {seedFromEnvironment} from '../sim/random.ts'

const path = '/etc/logcaster/logcaster.yaml'
const seed = seedFromEnvironment()

test('whichever operation of the disk fails, a first configuration is there whole or not at all', async () => {
  for (let failAt = 1; ; failAt += 1) {
    const host = simHost({seed, failAt})
    host.disk.putFolder('/etc')
    const made = await outcome(host)
    if (!host.disk.failed) {
      assert.equal(made, 'done')
      assert.ok(failAt > 5, String(failAt))
      return
    }
    if (made === 'done') assert.equal(host.disk.text(path), example('en'))
    else assert.deepEqual([made, host.disk.files()], ['file-unwritable', new Map()], host.disk.failedOperation)
    assert.equal(host.disk.openFiles, 0)
  }
})

test('a first configuration that was reported survives power loss', async () => {
  const host = simHost({seed})
  host.disk.putFolder('/etc')
  assert.equal(await outcome(host), 'done')
  // What is not durable survives only sometimes.
  for (let crash = 0; crash < 20; crash += 1) assert.equal(host.disk.crash().text(path), example('en'))
})

test('a file that came into being in the meantime is left as it is', async () => {
  const host = simHost({seed})
  host.disk.put(path, 'of somebody else')
  assert.equal(await outcome(host), 'refused')
  assert.equal(host.disk.text(path), 'of somebody else')
})

async function outcome(host: SimHost): Promise<string> {
  const style = {format: 'text', reading: readingOf()} as const
  try {
    return (await initConfig({host, style}, {path, print: false})).status
  } catch (error) {
    return error instanceof Fault ? String(error.code) : 'bug'
  }
}
