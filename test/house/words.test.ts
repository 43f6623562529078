import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import {test} from 'node:test'
import {filesOf, root} from './tree.ts'

const homePath = /(?<![\w.$}-])\/(?:home\/[a-z]|root\/)/
const pictures = /[\u{1F300}-\u{1FAFF}]/u

/** The repository must mean the same everywhere: it names neither the folder it lies in nor anybody's home. */
test('no file names a path of somebody’s machine', () => {
  const files = filesOf(['.']).filter((file) => file !== 'test/house/words.test.ts')
  assert.ok(files.length > 0)
  assert.deepEqual(
    files.filter((file) => textOf(file).includes(root)),
    []
  )
  // Tests may make up users, whose homes no machine has.
  assert.deepEqual(
    files.filter((file) => !file.startsWith('test/') && homePath.test(textOf(file))),
    []
  )
  for (const seeded of ['"/home/kim/logs"', 'see /root/.npmrc']) assert.match(seeded, homePath)
  for (const fine of ['$dir/root/etc', 'https://host/home/1', '/var/log']) assert.doesNotMatch(fine, homePath)
})

test('the lock file names no registry', () => {
  const lock = JSON.parse(textOf('package-lock.json')) as {packages: Record<string, {resolved?: string}>}
  const packages = Object.entries(lock.packages)
  assert.ok(packages.length > 100)
  assert.deepEqual(
    packages.filter(([, {resolved}]) => resolved !== undefined),
    []
  )
})

test('no pictures in the sources', () => {
  const files = filesOf(['src'])
  assert.ok(files.length > 0)
  assert.deepEqual(
    files.filter((file) => pictures.test(textOf(file))),
    []
  )
  assert.match('done 🎉', pictures)
})

function textOf(file: string): string {
  return fs.readFileSync(path.join(root, file), 'utf8')
}
