import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import {test} from 'node:test'
import {readWanted} from '../../scripts/components.ts'
import {root} from './tree.ts'

test('components: the list is one package a line, with remarks, and a part that is only unpacked', () => {
  const text = '# what the tests need\nstrace\n\nsystemd  # boots the lab\n[aside]\nsystemd-container # not installed\n'
  assert.deepEqual(readWanted(text), {install: ['strace', 'systemd'], aside: ['systemd-container']})
})

test('components: the list of this repository holds names of packages and nothing else', () => {
  const {install, aside} = readWanted(fs.readFileSync(path.join(root, 'test/real/packages.txt'), 'utf8'))
  assert.ok(install.length > 0)
  for (const name of [...install, ...aside]) assert.match(name, /^[a-z0-9][a-z0-9.+-]+$/)
})
