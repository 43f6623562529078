import packageFile from '../../package.json' with {type: 'json'}
import type {World} from '../cli.ts'
import type {Config} from '../config/schema.ts'
import {settings} from '../config/table.ts'
import {installedFolder} from '../host/installed.ts'
import type {Workplace} from '../runbook/run.ts'
import {openShelf} from '../runbook/shelf.ts'
import {catalogueOf} from '../text/catalogue.ts'
import {planLines} from '../text/plan-lines.ts'
import {openScene, type OwnScene, type SceneFlags} from './scene.ts'

/** Everything that runs need, wired here and nowhere else. */
export async function openWorkplace(flags: SceneFlags, world: World): Promise<Workplace & OwnScene> {
  const scene = await openScene(flags, world)
  const {config} = scene.loaded
  const {words} = catalogueOf(world.style.reading.language)
  return {
    ...scene,
    shelf: openShelf(scene.host, {shipped: `${installedFolder()}/runbooks`, own: config.runbooks.folders}),
    version: packageFile.version,
    secrets: secretsIn(config),
    // With a plan before it, a question can be answered.
    agree: (preview, steps) => {
      const plan = planLines(preview, 0, world.style.reading)
      return world.terminal.ask([...plan, words.agree(steps)].join('\n'))
    }
  }
}

/** What may never be written down. */
function secretsIn(config: Config): readonly string[] {
  return settings()
    .filter(({setting}) => setting.isSecret)
    .map(({path}) => path.reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], config))
    .filter((value) => typeof value === 'string')
}
