import {schema} from './schema.ts'
import {nullable, path, type AnySection, type Node, type Setting} from './shape.ts'

/** One setting with its names: in the file (nested, and as one dotted key) and in the environment. */
export interface Entry {
  /** `checks.disk.space.warning` */
  readonly key: string
  /** `['checks', 'disk.space', 'warning']`: names in the file may hold dots themselves. */
  readonly path: readonly string[]
  /** `LOGCASTER_CHECKS_DISK_SPACE_WARNING` */
  readonly environment: string
  readonly setting: Setting<unknown>
}

/** All settings, flat, in the order of the schema; if nothing else is asked for, those that can be set. */
export function settings(shape: AnySection = withSecretFiles(schema), above: readonly string[] = []): readonly Entry[] {
  return Object.entries(shape.fields).flatMap(([name, node]): readonly Entry[] => {
    const path = [...above, name]
    if (node.type === 'section') return settings(node, path)
    const key = path.join('.')
    return [{key, path, environment: environmentName(key), setting: node}]
  })
}

/** A secret may not stand in the file, so beside each there is `<name>_file`: the path of what holds it. */
export function withSecretFiles(shape: AnySection): AnySection {
  const fields = Object.entries(shape.fields).flatMap(([name, node]): [string, Node][] => {
    if (node.type === 'section') return [[name, withSecretFiles(node)]]
    return node.isSecret
      ? [
          [name, node],
          [`${name}_file`, fileOf(node)]
        ]
      : [[name, node]]
  })
  return {...shape, fields: Object.fromEntries(fields)}
}

function fileOf(secret: Setting<unknown>): Setting<unknown> {
  const about = {en: `${secret.about.en}: the file that holds it`, ko: `${secret.about.ko}: 담고 있는 파일`}
  return {type: 'setting', kind: nullable(path()), fallback: null, about, isSecret: false}
}

function environmentName(key: string): string {
  return `LOGCASTER_${key.toUpperCase().replaceAll('.', '_')}`
}

const reservedNames: readonly string[] = ['LOGCASTER_CONFIG', 'LOGCASTER_CHILD']
const reservedPrefix = 'LOGCASTER_TEST_'

/** True for variables of ours that are no settings: what names the file, marks our children, and steers tests. */
export function isReserved(environment: string): boolean {
  return reservedNames.includes(environment) || environment.startsWith(reservedPrefix)
}
