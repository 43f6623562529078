import assert from 'node:assert/strict'
import {test} from 'node:test'
import {foldersAbove, isUnsafe, isUnsafeFolder, unsafeForRoot, type Ownership} from '../../src/base/safety.ts'

test('safety: root takes orders only from files that nobody else can write', () => {
  assert.equal(isUnsafe({uid: 0, mode: 0o644}, 0), undefined)
  assert.equal(isUnsafe({uid: 0, mode: 0o664}, 0), 'mode')
  assert.equal(isUnsafe({uid: 0, mode: 0o602}, 0), 'mode')
  assert.equal(isUnsafe({uid: 1000, mode: 0o600}, 0), 'owner')
})

test('safety: others trust themselves, root and their group', () => {
  assert.equal(isUnsafe({uid: 1000, mode: 0o664}, 1000), undefined)
  assert.equal(isUnsafe({uid: 0, mode: 0o644}, 1000), undefined)
  assert.equal(isUnsafe({uid: 1000, mode: 0o646}, 1000), 'mode')
  assert.equal(isUnsafe({uid: 1001, mode: 0o644}, 1000), 'owner')
})

test('safety: in a sticky folder nobody can replace the file of another, but the owner of the folder can', () => {
  assert.equal(isUnsafeFolder({uid: 0, mode: 0o755}, 0), undefined)
  assert.equal(isUnsafeFolder({uid: 0, mode: 0o777}, 0), 'mode')
  assert.equal(isUnsafeFolder({uid: 0, mode: 0o1777}, 0), undefined)
  assert.equal(isUnsafeFolder({uid: 1000, mode: 0o1755}, 0), 'owner')
  assert.equal(isUnsafeFolder({uid: 1000, mode: 0o775}, 1000), undefined)
})

test('safety: every folder above a file counts, up to the root', () => {
  assert.deepEqual(foldersAbove('/etc/logcaster/a.yaml'), ['/etc/logcaster', '/etc', '/'])
  assert.deepEqual(foldersAbove('/a.yaml'), ['/'])
})

test('safety: of what is not there yet, the folders above count, also where links lead', async () => {
  const folders: Readonly<Record<string, Ownership>> = {
    '/': {uid: 0, mode: 0o755},
    '/a': {uid: 0, mode: 0o755},
    '/a/link': {uid: 0, mode: 0o755},
    '/srv': {uid: 0, mode: 0o757},
    '/srv/b': {uid: 0, mode: 0o755}
  }
  const machine = {
    stat: (path: string): Promise<Ownership | undefined> => Promise.resolve(folders[path]),
    realPath: (path: string): Promise<string | undefined> =>
      Promise.resolve(folders[path] === undefined ? undefined : path.replace('/a/link', '/srv/b'))
  }
  assert.deepEqual(await unsafeForRoot('/a/link/new/file', machine), [
    {path: '/srv', reason: 'mode', owner: 0, mode: '0757'}
  ])
  assert.deepEqual(await unsafeForRoot('/a/new/file', machine), [])
})
