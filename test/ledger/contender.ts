import {rmSync, writeFileSync} from 'node:fs'
import {realHost} from '../../src/host/real.ts'
import {ownIdentity} from '../../src/host/identity.ts'
import {acquire} from '../../src/ledger/locks.ts'

/**
 * A process that wants the lock on a folder: `race N` takes it so many times, looking each time whether it is alone;
 * `hold` takes it once, says so, and keeps it; `leave` ends with it; `try` says how it goes.
 */
const [folder = '', what = '', rounds = '1', runId = `run-${process.pid}`] = process.argv.slice(2)
const host = realHost()
const owner = {
  runId,
  command: 'contender',
  leaseUntilMs: Date.now() + 600_000,
  identity: await ownIdentity(host)
}
const wish = {resource: 'data', folder, mode: 'exclusive'} as const

for (let round = 0; round < Number(rounds); round += 1) {
  const acquired = await acquire(host, [wish], {owner, waitMs: what === 'race' ? 60_000 : 0})
  if (acquired.status === 'conflict') {
    process.stdout.write(`conflict ${acquired.holder.runId} ${acquired.holder.identity.uid}\n`)
    break
  }
  if (what === 'hold') {
    process.stdout.write('held\n')
    setInterval(() => undefined, 1000)
    break
  }
  if (what === 'leave') break
  if (what === 'race') {
    const witness = `${folder}/witness`
    // Fails where somebody else is inside.
    writeFileSync(witness, '', {flag: 'wx'})
    await new Promise((resolve) => setTimeout(resolve, round % 3))
    rmSync(witness)
  }
  await acquired.lease.release()
  if (what === 'try') process.stdout.write(`held ${acquired.takenOver.map(({runId: run}) => run).join(' ')}\n`)
}
