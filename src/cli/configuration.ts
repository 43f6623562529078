import {Fault, reasonOf} from '../base/fault.ts'
import {failure, type Report} from '../base/report.ts'
import type {World} from '../cli.ts'
import {example} from '../config/example.ts'
import {find} from '../config/find.ts'
import {flow} from '../config/flow.ts'
import {show} from '../config/show.ts'
import type {Disk} from '../host/disk.ts'
import {makeFolder} from '../host/files.ts'
import {catalogueOf} from '../text/catalogue.ts'
import {plain} from '../text/columns.ts'
import {readConfig, type SceneFlags} from './scene.ts'

/** Of the world, what `config init` needs. */
interface InitWorld {
  readonly host: Pick<World['host'], 'disk' | 'machine'>
  readonly style: World['style']
}

/** `config init`: a first configuration with every setting explained. What is there already is never touched. */
export async function initConfig(
  {host, style}: InitWorld,
  {path, print}: {path: string | undefined; print: boolean}
): Promise<Report> {
  const {disk, machine} = host
  const text = example(style.reading.language)
  const done: Report = {command: 'config init', status: 'done', changed: [], checks: [], warnings: [], errors: []}
  if (print) return {...done, status: 'nothing', body: {lines: text.trimEnd().split('\n'), fields: {text}}}
  // The last place of the search: the user's own folder, not the one where somebody happens to stand.
  const target = find(path, machine).paths.at(-1) ?? ''
  await makeFolder(disk, folderOf(target), 0o755)
  if (!(await create(disk, target, new TextEncoder().encode(text)))) {
    return failure('config init', 'refused', [new Fault('config-exists', {path: target})])
  }
  return {...done, changed: [target], body: {lines: [plain(target)], fields: {path: target}}}
}

/** Puts a new file there, durably; false where the name is taken, be it by a link that leads nowhere. */
async function create(disk: Disk, path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    const file = await disk.open(path, 'create', 0o644)
    try {
      try {
        await file.write(bytes, 0)
        await file.sync()
      } finally {
        await file.close()
      }
      await disk.syncDirectory(folderOf(path))
    } catch (cause) {
      // Half a file would be in the way of the next attempt. Where it cannot be removed, the first failure counts.
      await disk.remove(path).catch(() => undefined)
      throw cause
    }
    return true
  } catch (cause) {
    if (reasonOf(cause) === 'EEXIST') return false
    throw new Fault('file-unwritable', {path, reason: reasonOf(cause)}, {cause})
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

/** `config check`: all problems at once, each with its place; a good configuration says which file it came from. */
export async function checkConfig(world: World, flags: SceneFlags): Promise<Report> {
  const {path, warnings} = await readConfig(flags, world.host)
  const {words} = catalogueOf(world.style.reading.language)
  const said = words.configGood(path === undefined ? undefined : plain(path))
  const body = {lines: [said], fields: {path: path ?? null}}
  return {command: 'config check', status: 'done', changed: [], checks: [], warnings, errors: [], body}
}

/** `config show`: what is in force, and where each value comes from. Secrets stay masked. */
export async function showConfig(world: World, flags: SceneFlags & {readonly changed: boolean}): Promise<Report> {
  const opened = await readConfig(flags, world.host)
  const shown = show(opened).filter(({origin}) => !flags.changed || origin !== 'default')
  const width = Math.max(0, ...shown.map(({key}) => key.length))
  const lines = shown.map(({key, value, origin}) => {
    return `${key.padEnd(width)}  ${plain(flow(value))}${origin === 'default' ? '' : `  # ${origin}`}`
  })
  const settings = shown.map(({key, value, origin}) => ({key, value, origin}))
  return {
    command: 'config show',
    status: 'done',
    changed: [],
    checks: [],
    warnings: opened.warnings,
    errors: [],
    body: {lines, fields: {path: opened.path ?? null, settings}}
  }
}
