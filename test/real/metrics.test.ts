import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import {watchSelf} from '../../src/host/self.ts'
import {HttpCounters} from '../../src/server/http-port.ts'
import {metricsPage} from '../../src/server/metrics.ts'
import {querySecondsBounds} from '../../src/server/query-port.ts'
import {Histogram} from '../../src/base/histogram.ts'
import {factsOf} from '../server/facts.ts'
import {openPort, sender, until} from '../server/open-port.ts'
import {checkout} from './lab.ts'

const unpacked = join(checkout, 'node_modules/.cache/aside/prometheus/usr/bin/promtool')

/** Debian's own, unpacked beside the tests or installed. Undefined, and the test skipped, where there is none. */
function promtool(t: TestContext): string | undefined {
  const found = [unpacked, '/usr/bin/promtool'].find((path) => existsSync(path))
  if (found !== undefined) return found
  if (process.env['CI'] === 'true') throw new Error('promtool is missing: see test/real/packages.txt')
  t.skip('needs promtool: see test/real/packages.txt')
  return undefined
}

for (const durability of [undefined, 'commit'] as const) {
  test(`promtool finds nothing to complain about in our metrics, ${durability ?? 'without a disk'}`, async (t) => {
    const program = promtool(t)
    if (program === undefined) return
    const input = await metricsAfterUse(t, durability)
    const {status, stdout, stderr} = spawnSync(program, ['check', 'metrics'], {input, encoding: 'utf8'})
    assert.deepEqual({status, stdout, stderr}, {status: 0, stdout: '', stderr: ''})
    // It only says something about what it does not like, so it has to be seen to look.
    const broken = input.replaceAll('logcaster_logs_received_total', 'logcaster_logs_received')
    assert.match(spawnSync(program, ['check', 'metrics'], {input: broken, encoding: 'utf8'}).stderr, /_total/)
  })
}

async function metricsAfterUse(t: TestContext, durability: 'commit' | undefined): Promise<string> {
  const port = await openPort(t, durability === undefined ? {} : {durability})
  const one = await sender(t, port)
  one.socket.write('ERROR: one\nINFO two\n')
  await port.holds(2)
  await until(() => port.store.acknowledgedSeq === 3)
  const query = {seconds: new Histogram(querySecondsBounds), timeouts: 0, rejected: 0}
  query.seconds.observe(0.003)
  const http = new HttpCounters()
  http.count('/health', 200)
  const self = watchSelf()
  t.after(() => {
    self.stop()
  })
  return metricsPage({facts: factsOf(port.store), ingest: port.counters, query, http, self}).body
}
