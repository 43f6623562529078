import {mask} from './excerpt.ts'
import type {Origin} from './layer.ts'
import type {Loaded} from './load.ts'
import {schema} from './schema.ts'
import {isRecord} from '../base/record.ts'
import type {AnySection} from './shape.ts'
import {settings} from './table.ts'

export interface ShownSetting {
  readonly key: string
  /** As it would be written in the file; fit for JSON. A secret that is set is masked. */
  readonly value: unknown
  readonly origin: Origin
}

/** The configuration in force, in the order of the schema. */
export function show(loaded: Loaded<unknown>, shape: AnySection = schema): readonly ShownSetting[] {
  return settings(shape).map(({key, path, setting}) => {
    const value = path.reduce<unknown>((part, name) => (isRecord(part) ? part[name] : undefined), loaded.config)
    const written = setting.isSecret && value !== null ? mask : setting.kind.write(value)
    return {key, value: written, origin: loaded.origins.get(key) ?? 'default'}
  })
}
