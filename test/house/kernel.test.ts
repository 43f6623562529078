import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import {test} from 'node:test'
import {filesOf, projectWith, root} from './tree.ts'

const sources = filesOf(['src/store/kernel'])
const borrowed = ['scripts/kernel.ts', 'src/store/kernel-code.ts', ...sources]

test('the code of the kernel was made from its sources as they are', () => {
  assert.ok(sources.length > 3)
  const {status, stdout} = check(root)
  assert.equal(stdout, '')
  assert.equal(status, 0)
})

test('a changed, a new and a missing source of the kernel are seen', () => {
  using project = projectWith({}, borrowed)
  const source = path.join(project.folder, sources[0] ?? '')
  assert.equal(check(project.folder).status, 0)
  const original = fs.readFileSync(source)
  const refused = (): void => {
    const {status, stdout} = check(project.folder)
    assert.equal(status, 1)
    assert.match(stdout, /run node scripts\/kernel\.ts/)
  }
  fs.appendFileSync(source, '\n')
  refused()
  fs.rmSync(source)
  refused()
  fs.writeFileSync(source, original)
  fs.writeFileSync(path.join(path.dirname(source), 'new.as'), '')
  refused()
})

function check(folder: string): {readonly status: number | null; readonly stdout: string} {
  const script = path.join(folder, 'scripts', 'kernel.ts')
  return spawnSync(process.execPath, [script, '--check'], {cwd: folder, encoding: 'utf8'})
}
