import type {Program, Stage} from './stage.ts'
import {logs, shipped, steps, unit} from './stage.ts'

const dayMs = 86_400_000

/** A runbook, and a world in which it has something to do. */
export interface Story {
  readonly name: string
  readonly text: string
  readonly seed: (stage: Stage) => void | Promise<void>
  /** All that it does can be put back. */
  readonly isReversible: boolean
  /** Nobody may ever run it a second time. */
  readonly once?: Program
  /** Its last step fails, and all is put back. */
  readonly fails?: true
}

const head = 'locks: [logs]'

export const stories: readonly Story[] = [
  {
    name: 'files are written, moved and removed',
    text: steps(
      `- {id: new, use: file.write, with: {path: /srv/conf/new, content: fresh, mode: '0600'}}
- {id: over, use: file.write, with: {path: /srv/conf/old, content: fresh}}
- {id: move, use: file.move, with: {from: /srv/conf/here, to: /srv/data/there}}
- {id: remove, use: file.remove, with: {path: ${logs}/app.log.1, reason: old}}`,
      head
    ),
    seed: putFiles,
    isReversible: true
  },
  {
    name: 'a program acts once, and what another one says is written',
    text: steps(
      `- {id: first, use: file.write, with: {path: /srv/conf/first, content: one}}
- {id: announce, run: [announce, now]}
- {id: look, run: [look], with: {changes: false}}
- {id: last, use: file.write, with: {path: /srv/conf/last, content: "it said \${steps.look.stdout}"}}`,
      head
    ),
    seed: putFiles,
    isReversible: false,
    once: 'announce'
  },
  {
    name: 'a service is stopped, its configuration written, and it is started; and all is put back where that fails',
    text: steps(
      `- {id: stop, use: service.stop, with: {unit: ${unit}}}
- {id: write, use: file.write, with: {path: /srv/conf/old, content: fresh}}
- {id: start, use: service.start, with: {unit: ${unit}}}`,
      `${head}\non_failure: undo`
    ),
    seed: putFiles,
    isReversible: true
  },
  {
    name: 'the last step fails, and all before it is put back',
    text: steps(
      `- {id: move, use: file.move, with: {from: /srv/conf/here, to: /srv/data/there}}
- {id: tell, run: [announce], with: {undo: [withdraw], repeatable: true}}
- {id: over, use: file.write, with: {path: /srv/conf/old, content: fresh}}
- {id: fail, run: [fail], with: {changes: false}}`,
      `${head}\non_failure: undo`
    ),
    seed: putFiles,
    isReversible: true,
    fails: true
  },
  {
    name: 'restart-service',
    text: shipped('restart-service'),
    seed: putFiles,
    isReversible: false
  },
  {
    name: 'free-space',
    text: shipped('free-space'),
    async seed(stage) {
      for (const name of ['one', 'two']) putLog(stage, `${name}.log`, 40)
      for (const name of ['a', 'b', 'c']) putLog(stage, `${name}.log`, 20)
      stage.clock.step(-10 * dayMs)
      await stage.run('earlier')
      stage.clock.step(10 * dayMs)
      putLog(stage, 'three.log', 30)
    },
    isReversible: false
  }
]

function putFiles(stage: Stage): void {
  stage.disk.put('/srv/conf/old', 'old text', {mode: 0o4755, uid: 33, gid: 4})
  stage.disk.put('/srv/conf/here', 'to be moved', {mode: 0o604})
  putLog(stage, 'app.log.1', 9)
}

function putLog(stage: Stage, name: string, days: number): void {
  const modifiedMs = stage.clock.now() - days * dayMs
  stage.disk.put(`${logs}/${name}`, `${name} says this\n`, {modifiedMs, mode: 0o640, uid: 33, gid: 4})
}

/** Shares its locks with all of them, and changes nothing. */
export const probe = steps('- {id: look, use: wait, with: {for: 0s}}', 'locks: [logs, service]')
