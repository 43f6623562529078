import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import {test} from 'node:test'
import prettier from 'prettier'
import type {Project} from './tree.ts'
import {filesOf, projectWith, root} from './tree.ts'

const entry = "import {used} from '../used.ts'\n\nexport const a: number = used\n"
const used = 'export const used = 1\n'
const manifest = {name: 'canary', type: 'module'}
const knipReporter = fs.readFileSync(path.join(root, 'scripts/knip-reporter.ts'), 'utf8')
const knipArguments = ['--reporter', 'symbols', '--reporter', './reporter/knip-reporter.ts']

test('types: a wrong type is refused, a right one is not', () => {
  using right = projectWith({'src/cli/entry.ts': entry, 'src/used.ts': used}, ['tsconfig.json'])
  assert.deepEqual(run(right, 'tsc'), {status: 0, output: ''})
  using wrong = projectWith({'src/cli/entry.ts': entry, 'src/used.ts': used.replace('1', "'one'")}, ['tsconfig.json'])
  const {status, output} = run(wrong, 'tsc')
  assert.notEqual(status, 0)
  assert.match(output, /error TS2322/)
})

test('types: a tree without files is refused, and the real one has files of every folder', () => {
  using empty = projectWith({}, ['tsconfig.json'])
  assert.notEqual(run(empty, 'tsc').status, 0)
  const files = filesOf(['src', 'test', 'scripts']).filter((file) => file.endsWith('.ts'))
  assert.ok(files.length > 0)
  const seen = run({folder: root}, 'tsc', ['--listFilesOnly']).output.split('\n')
  const own = new Set(seen.map((file) => path.relative(root, file)))
  assert.deepEqual(
    files.filter((file) => !own.has(file)),
    []
  )
})

test('unused: an unused export, file and dependency are refused, used ones are not', () => {
  using right = knipProject({'src/cli/entry.ts': entry, 'src/used.ts': used})
  const rightRun = run(right, 'knip', knipArguments)
  assert.equal(rightRun.status, 0, rightRun.output)
  assert.match(rightRun.output, /^2 files$/m)

  using wrong = knipProject({
    'src/cli/entry.ts': entry,
    'src/used.ts': `${used}export const unusedExport = 1\n`,
    'src/unused-file.ts': used,
    'package.json': JSON.stringify({...manifest, dependencies: {execa: '*'}})
  })
  const {status, output} = run(wrong, 'knip', knipArguments)
  assert.equal(status, 1)
  for (const name of ['unusedExport', 'src/unused-file.ts', 'execa']) assert.match(output, new RegExp(name), output)
})

test('unused: a tree without files is refused, and the real one has files', () => {
  using empty = knipProject({})
  const emptyRun = run(empty, 'knip', knipArguments)
  assert.equal(emptyRun.status, 1)
  assert.match(emptyRun.output, /^0 files$/m)

  const files = filesOf(['src'])
  const args = knipArguments.map((argument) => argument.replace('./reporter/', './scripts/'))
  const seen = Number(/^(\d+) files$/m.exec(run({folder: root}, 'knip', args).output)?.[1])
  assert.ok(seen >= files.length, `${seen} files`)
})

function knipProject(files: Readonly<Record<string, string>>): Project {
  const reporter = {'reporter/knip-reporter.ts': knipReporter}
  return projectWith({'package.json': JSON.stringify(manifest), ...reporter, ...files}, ['knip.json'])
}

test('format: a file that is not as prettier writes it is refused, one that is, is not', () => {
  using right = projectWith({'src/cli/entry.ts': entry}, ['.prettierrc.json', '.prettierignore'])
  assert.equal(run(right, 'prettier', ['--check', 'src']).status, 0)
  using wrong = projectWith({'src/cli/entry.ts': entry.replaceAll("'", '"')}, ['.prettierrc.json', '.prettierignore'])
  assert.notEqual(run(wrong, 'prettier', ['--check', 'src']).status, 0)
  using empty = projectWith({}, ['.prettierrc.json', '.prettierignore'])
  assert.notEqual(run(empty, 'prettier', ['--check', '.']).status, 0)
})

test('format: no source is left out', async () => {
  const files = filesOf(['src', 'test', 'scripts']).filter((file) => /\.(ts|js|mjs|json|yaml)$/.test(file))
  assert.ok(files.length > 0)
  for (const file of files) {
    const info = await prettier.getFileInfo(path.join(root, file), {ignorePath: path.join(root, '.prettierignore')})
    assert.ok(!info.ignored && info.inferredParser !== null, file)
  }
})

test('coverage: a file that no test runs is below the floor, a tested one is above it', () => {
  const covering = "import {test} from 'node:test'\nimport {used} from './src/used.ts'\n\ntest('a', () => used)\n"
  const files = {'src/used.ts': used, 'a.test.ts': covering}
  using right = projectWith(files, ['.c8rc.json'])
  const rightRun = run(right, 'c8', [process.execPath, '--test'])
  assert.equal(rightRun.status, 0, rightRun.output)

  using wrong = projectWith({...files, 'src/untested.ts': 'export const a = 1\n'.repeat(3)}, ['.c8rc.json'])
  const {status, output} = run(wrong, 'c8', [process.execPath, '--test'])
  assert.notEqual(status, 0)
  assert.match(output, /Coverage for lines .* does not meet/)
})

function run(project: Pick<Project, 'folder'>, program: string, args: readonly string[] = []): Ended {
  const {status, stdout, stderr} = spawnSync(
    process.execPath,
    [path.join(root, 'node_modules/.bin', program), ...args],
    {
      cwd: project.folder,
      encoding: 'utf8',
      // Coverage and the runner of this very test reach children through the environment; this child is no part of them.
      env: {...process.env, NODE_V8_COVERAGE: undefined, NODE_TEST_CONTEXT: undefined}
    }
  )
  return {status, output: stdout + stderr}
}

interface Ended {
  readonly status: number | null
  readonly output: string
}
