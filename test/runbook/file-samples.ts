import {holdMsUsual} from '../../src/runbook/holding.ts'
import type {StepPlace} from '../../src/runbook/step.ts'
import {fileMove} from '../../src/runbook/steps/file-move.ts'
import {filePurge} from '../../src/runbook/steps/file-purge.ts'
import {fileRemove} from '../../src/runbook/steps/file-remove.ts'
import {fileWrite} from '../../src/runbook/steps/file-write.ts'
import type {SimHost} from '../sim/host.ts'
import type {Seeded} from '../sim/random.ts'
import {nameFor, placeOn, type Sample} from './kinds.ts'

const dayMs = 86_400_000

/** Several sectors, so that a torn file is neither the old one nor the new one. */
function textFor(random: Seeded): string {
  return `${random.below(1e9)} `.repeat(1 + random.below(300))
}

/** A file that nobody has touched for days, of some owner. */
function putOld(host: SimHost, path: string, random: Seeded): void {
  const mode = random.pick([0o600, 0o640, 0o4755])
  const given = {mode, uid: random.pick([0, 33]), gid: random.pick([0, 4])}
  host.disk.put(path, textFor(random), {...given, modifiedMs: host.clock.now() - (1 + random.below(9)) * dayMs})
}

const writes: readonly Sample[] = [
  {
    name: 'a new file',
    kind: fileWrite,
    seed(host, random) {
      putOld(host, '/srv/conf/other', random)
      const mode = random.pick([null, 0o600])
      return {path: `/srv/conf/${nameFor(random)}`, content: textFor(random), mode, hold: holdMsUsual}
    }
  },
  {
    name: 'over another one',
    kind: fileWrite,
    seed(host, random) {
      const path = `/srv/conf/${nameFor(random)}`
      putOld(host, path, random)
      return {path, content: random.pick(['', textFor(random)]), mode: random.pick([null, 0o644]), hold: holdMsUsual}
    }
  },
  {
    name: 'for its mode alone',
    kind: fileWrite,
    seed(host, random) {
      const path = `/srv/conf/${nameFor(random)}`
      const content = textFor(random)
      host.disk.put(path, content, {mode: 0o600, uid: 33})
      return {path, content, mode: 0o644, hold: holdMsUsual}
    }
  }
]

const moves: readonly Sample[] = [
  {
    name: 'to another folder',
    kind: fileMove,
    seed(host, random) {
      const from = `/srv/logs/${nameFor(random)}`
      putOld(host, from, random)
      host.disk.putFolder('/srv/old')
      return {from, to: `/srv/old/${nameFor(random)}`}
    }
  },
  {
    name: 'beside itself',
    kind: fileMove,
    seed(host, random) {
      putOld(host, '/srv/logs/app.log', random)
      return {from: '/srv/logs/app.log', to: '/srv/logs/app.log.1'}
    }
  }
]

const removes: readonly Sample[] = [
  {
    name: 'an old log',
    kind: fileRemove,
    seed(host, random) {
      const path = `/srv/logs/${random.pick(['', 'sub/'])}${nameFor(random)}`
      putOld(host, path, random)
      putOld(host, '/srv/logs/other.log', random)
      return {path, reason: 'old', hold: holdMsUsual, within: null}
    }
  }
]

const purges: readonly Sample[] = [
  {
    name: 'past and before the deadline, open and written since',
    kind: filePurge,
    isFinal: true,
    async seed(host, random) {
      const names = ['gone-1', 'gone-2', 'open', 'written', 'kept']
      for (const [index, name] of names.entries()) {
        const path = `/srv/logs/${name}`
        host.disk.put(path, textFor(random), {modifiedMs: host.clock.now() - 20 * dayMs})
        const isExpired = name !== 'kept'
        const at = await removedBy(host, path, {number: index + 1, hold: isExpired ? dayMs : 9 * dayMs})
        const held = `/srv/logs/.logcaster-held/${at.run.id}.${isExpired ? '20261117' : '20261125'}T091500Z`
        if (name === 'open') host.openFiles.hold(host.disk.look(`${held}/${index + 1}-${name}`))
        if (name === 'written') await append(host, `${held}/${index + 1}-${name}`)
      }
      return {folder: '/srv/logs', within: null}
    }
  }
]

/** By a run of four days ago. */
async function removedBy(
  host: SimHost,
  path: string,
  {number, hold}: {readonly number: number; readonly hold: number}
): Promise<StepPlace> {
  const place = await placeOn(host, number)
  const at = {...place, run: {...place.run, startedMs: host.clock.now() - 4 * dayMs}}
  host.clock.step(-4 * dayMs)
  const inputs = {path, reason: 'old', hold, within: null}
  const work = {
    inputs,
    at,
    host,
    signal: new AbortController().signal,
    deadlineMs: 1000,
    check: (): Promise<never> => Promise.reject(new Error('no check is asked'))
  }
  const {status} = await fileRemove.apply(work)
  host.clock.step(4 * dayMs)
  if (status !== 'done') throw new Error(`${path} could not be removed`)
  return at
}

async function append(host: SimHost, path: string): Promise<void> {
  const file = await host.disk.open(path, 'write')
  await file.write(new TextEncoder().encode('one line more'), 0)
  await file.sync()
  await file.close()
}

export const fileSamples: readonly Sample[] = [...writes, ...moves, ...removes, ...purges]
