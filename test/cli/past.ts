import {cpSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Owner} from './run.ts'
import {dieAt, estate, type Estate} from './estate.ts'

/** Runs that have been: made once, and copied into the state of every place that needs some. */
export interface Past {
  /** Ended well, and can be put back. */
  readonly done: string
  /** Ended well, and cannot. */
  readonly lasting: string
  readonly undone: string
  /** Broken off in its step `announce`, which nothing shows to have been done; it left a lock behind. */
  readonly crashed: string
  giveTo(at: Estate): void
  /** The same, with one word of a line of the journal changed afterwards. */
  giveForged(at: Estate): void
}

export async function makePast(t: Owner): Promise<Past> {
  const at = estate(t)
  const step = ['steps:', '  - id: announce', "    run: ['true']"]
  at.runbook('announce', step)
  at.runbook('reversible', [...step, "    with: {undo: ['true']}"])
  const run = async (name: string): Promise<string> => String((await at.json(['runbook', 'run', name])).run_id)
  const [done, undone, lasting] = [await run('reversible'), await run('reversible'), await run('announce')]
  await at.json(['runs', 'undo', undone])
  const crashed = await dieAt('after:2', at, ['runbook', 'run', 'announce'])
  const giveTo = (other: Estate): void => {
    cpSync(at.state, other.state, {recursive: true})
  }
  return {
    ...{done, undone, lasting, crashed, giveTo},
    giveForged(other) {
      giveTo(other)
      const segment = join(other.state, 'journal/00000001.jsonl')
      writeFileSync(
        segment,
        readFileSync(segment, 'utf8').replace('runbook run reversible', 'runbook run irreversible')
      )
    }
  }
}
