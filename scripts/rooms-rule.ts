import {isBuiltin} from 'node:module'
import path from 'node:path'
import type {Rule} from 'eslint'
import {packages, pureModules, roomOf, rooms} from './rooms.ts'

/** Refuses an import in `src/` that the table in `rooms.ts` does not allow, and says what it would allow. */
export const roomsRule: Rule.RuleModule = {
  meta: {type: 'problem', schema: [], messages: {refused: '{{why}} (scripts/rooms.ts)'}},
  create(context) {
    const file = pathInSource(context.filename)
    if (file === undefined) return {}

    const check = (node: Rule.Node): void => {
      const source = sourceOf(node)
      if (source === undefined) return
      const why = source.text === undefined ? computedImport : refusal(file, source.text)
      if (why !== undefined) context.report({node, messageId: 'refused', data: {why}})
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check
    }
  }
}

const computedImport = 'An import whose path is computed cannot be checked: write the path out'

/** Why `file` (a path in `src/`) may not import `source`, or nothing when it may. */
export function refusal(file: string, source: string): string | undefined {
  const from = roomOf(file)
  if (rooms[from] === undefined) return `"${from}" is no room of the house`
  if (isBuiltin(source)) return refusedModule(from, source.replace(/^node:/, ''))
  if (source.startsWith('.')) return refusedFile(file, path.posix.join(path.posix.dirname(file), source))
  return refusedPackage(from, source)
}

function refusedModule(from: string, module: string): string | undefined {
  const name = module.split('/')[0] ?? module
  const machine = rooms[from]?.machine ?? []
  if (machine === 'every module' || machine.includes(name)) return undefined
  if (rooms[from]?.bare !== true && pureModules.includes(name)) return undefined
  return `"${from}" may not import node:${module}: only "host" touches the machine`
}

function refusedFile(file: string, target: string): string | undefined {
  if (target === '../package.json') return undefined
  if (target.startsWith('..')) return `"${file}" imports ${target}, which is outside src/`
  const from = roomOf(file)
  const to = roomOf(target)
  if (from === to) return rooms[from]?.apart === true ? `A file of "${from}" never imports another one` : undefined

  const allowed = rooms[from]?.imports ?? []
  if (allowed.includes(target)) return undefined
  if (!allowed.includes(to))
    return `"${from}" may not import ${target}. It may import: ${allowed.join(', ') || 'nothing'}`
  const faces = rooms[to]?.faces ?? []
  if (faces === 'every file' || faces.includes(target.slice(to.length + 1))) return undefined
  return `"${from}" may not reach into ${target}. The faces of "${to}" are: ${faces.join(', ')}`
}

function refusedPackage(from: string, source: string): string | undefined {
  const name = source
    .split('/')
    .slice(0, source.startsWith('@') ? 2 : 1)
    .join('/')
  const allowed = packages[name]
  if (allowed === undefined || allowed.includes(from)) return undefined
  return `"${from}" may not import the package ${name}. Only these may: ${allowed.join(', ') || 'none'}`
}

function pathInSource(filename: string): string | undefined {
  const relative = path
    .relative(path.join(import.meta.dirname, '..', 'src'), filename)
    .split(path.sep)
    .join('/')
  return relative.startsWith('..') || path.isAbsolute(relative) ? undefined : relative
}

/** The path that a node imports: `text` is missing when it is computed, the whole is missing when nothing is imported. */
function sourceOf(node: Rule.Node): {text: string | undefined} | undefined {
  const {source} = node as {source?: {type: string; value?: unknown} | null}
  if (source === undefined || source === null) return undefined
  return {text: typeof source.value === 'string' ? source.value : undefined}
}
