import assert from 'node:assert/strict'
import path from 'node:path'
import {test} from 'node:test'
import {cycleIn, importGraphOf} from './imports.ts'
import {projectWith, root} from './tree.ts'

test('src/ has no circular imports', (t) => {
  const graph = importGraphOf(path.join(root, 'src'))
  t.diagnostic(`${graph.size} modules`)
  assert.ok(graph.size > 0)
  assert.ok([...graph.values()].flat().length > graph.size / 2, 'imports were seen')
  assert.deepEqual(cycleIn(graph), undefined)
})

test('a circle of imports is found, also through an import inside a function', () => {
  using project = projectWith({
    'src/base/a.ts': "import {b} from './b.ts'\nexport const a = (): number => b()\n",
    'src/base/b.ts': "export const b = async (): Promise<void> => {\n  await import('../host/c.ts')\n}\n",
    'src/host/c.ts': "export {a} from '../base/a.ts'\nexport const c = 1\n"
  })
  const cycle = cycleIn(importGraphOf(path.join(project.folder, 'src')))
  assert.deepEqual(cycle, ['base/a.ts', 'base/b.ts', 'host/c.ts', 'base/a.ts'])
})

test('a circle of types alone is none', () => {
  using project = projectWith({
    'src/base/a.ts': "import type {B} from './b.ts'\nexport interface A {\n  b: B\n}\n",
    'src/base/b.ts': "import type {A} from './a.ts'\nexport interface B {\n  a: A\n}\n"
  })
  const graph = importGraphOf(path.join(project.folder, 'src'))
  assert.equal(graph.size, 2)
  assert.equal(cycleIn(graph), undefined)
})
