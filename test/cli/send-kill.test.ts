import assert from 'node:assert/strict'
import {appendFileSync, existsSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {closedPort} from '../fixtures/network-servers.ts'
import {holdRecords} from '../server/lossy-server.ts'
import {seeded, seedFromEnvironment, times, type Seeded} from '../sim/random.ts'
import {documentIn, place, type Place, type Started} from './run.ts'

const seed = seedFromEnvironment()
const roundMsMax = 700
const lookMs = 10

interface Scene {
  readonly at: Place
  readonly data: string
  readonly port: number
  readonly durability: string
}

async function startServer({at, data, port, durability}: Scene): Promise<Started> {
  const ready = join(at.folder, 'ports')
  rmSync(ready, {force: true})
  const where = ['--log-port', String(port), '--query-port', '0', '--http-port', '0', '--port-file', ready]
  const started = at.start(['server', ...where, '--data-dir', data, '--durability', durability])
  while (!existsSync(ready)) {
    if (started.child.exitCode !== null) assert.fail(`the server did not start: ${(await started.ended).stderr}`)
    await delay(lookMs)
  }
  return started
}

async function kill({child, ended}: Started, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  child.kill(signal)
  await ended
}

/** Lines, and at times a piece of one: the writer of a log is caught at any moment. */
function growth(random: Seeded, from: number): string {
  const count = random.below(20_000) + 1
  const lines = Array.from({length: count}, (_, at) => `${from + at} ${'x'.repeat(random.below(120))}`).join('\n')
  return random.below(2) === 0 ? `${lines}\n` : lines
}

for (const durability of ['commit', 'os']) {
  const rounds = times(5)
  test(`send: ${rounds} times the client, the server or both are killed at ${durability}, and each line is stored once`, async (t) => {
    const random = seeded(seed)
    const at = place(t)
    const scene = {at, data: join(at.folder, 'data'), port: await closedPort(t), durability}
    const file = at.file('app.log', '')
    const argv = ['send', file, '--to', `127.0.0.1:${scene.port}`, '--ack', durability, '--timeout', '40s']
    let written = ''
    const ends: number[] = []
    let server = await startServer(scene)
    for (let round = 0; round < rounds; round += 1) {
      const more = growth(random, written.length)
      appendFileSync(file, more)
      written += more
      ends.push(written.length)
      const client = at.start([...argv, '--window', String(random.pick([100, 5000, 100_000]))])
      await delay(random.below(roundMsMax))
      const killed = random.below(3)
      if (killed > 0) {
        await kill(server)
        server = await startServer(scene)
        await delay(random.below(roundMsMax))
      }
      if (killed !== 1) await kill(client)
      else assert.equal((await client.ended).code, 0, `SEED=${seed} round=${round}`)
    }
    const last = documentIn(await at.run([...argv, '--json']))
    assert.equal(last.exit_code, 0, JSON.stringify(last.errors))
    await kill(server, 'SIGTERM')
    const {code, stdout, stderr} = await at.run([
      'server',
      'wal',
      'export',
      '--data-dir',
      scene.data,
      '--format',
      'text'
    ])
    assert.equal(code, 0, stderr)
    holdRecords(stdout.split('\n').slice(0, -1), written, {ends, told: `SEED=${seed}`})
  })
}
