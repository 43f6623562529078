import {join} from 'node:path'
import {test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import assert from 'node:assert/strict'
import {seeded, seedFromEnvironment} from '../sim/random.ts'
import {holdPromises, NumberedSender} from './numbered.ts'
import {place} from './run.ts'
import {serve} from './serving.ts'

/** Every durability that promises to survive the end of the process, with the level that its senders may ask for. */
const promises = [
  {durability: 'os', ack: 'os'},
  {durability: 'interval', ack: 'os'},
  {durability: 'commit', ack: 'commit'}
] as const

const kills = process.env['LONG'] === '1' ? 67 : 7
const killMsMax = 300

for (const {durability, ack} of promises) {
  test(`server: killed ${kills} times under load at ${durability}, loses no acknowledged line and doubles none`, async (t) => {
    const seed = seedFromEnvironment()
    const random = seeded(seed)
    const at = place(t)
    const data = join(at.folder, 'data')
    // Small, so that segments are filled, recycled and made while it is being killed.
    const argv = ['--data-dir', data, '--durability', durability, '--retain-bytes', '1GiB']
    const senders = ['a', 'b', 'c', 'd'].map((session) => new NumberedSender(session, ack))
    t.after(() => {
      for (const sender of senders) sender.destroy()
    })
    for (let round = 0; round < kills; round += 1) {
      const server = await serve(at, argv)
      await Promise.all(senders.map((sender) => sender.connect(server.ports.log)))
      await delay(random.below(killMsMax))
      await server.end('SIGKILL')
      await Promise.all(senders.map((sender) => sender.closed()))
    }
    const {code, stdout, stderr} = await at.run(['server', 'wal', 'export', '--data-dir', data, '--format', 'text'])
    assert.deepEqual({code, stderr}, {code: 0, stderr: ''})
    holdPromises(stdout, senders)
    assert.ok(
      senders.every(({acknowledged}) => acknowledged > 0),
      `SEED=${seed}`
    )
  })
}
