import assert from 'node:assert/strict'
import {test} from 'node:test'
import {find, stateFolder} from '../../src/config/find.ts'

const user = {uid: 1000, home: '/home/kim', cwd: '/srv/here', env: {}}
const root = {uid: 0, home: '/root', cwd: '/tmp', env: {}}

test('find: a flag goes before the variable, and both before any search', () => {
  const env = {LOGCASTER_CONFIG: '/from/variable.yaml'}
  assert.deepEqual(find('/from/flag.yaml', {...user, env}), {paths: ['/from/flag.yaml'], isNamed: true})
  assert.deepEqual(find(undefined, {...root, env}), {paths: ['/from/variable.yaml'], isNamed: true})
})

test('find: a path is named from where one stands', () => {
  assert.deepEqual(find('./conf/a.yaml', user).paths, ['/srv/here/conf/a.yaml'])
  assert.deepEqual(find('../a.yaml', user).paths, ['/srv/here/../a.yaml'])
  assert.deepEqual(find('a.yaml', {...user, cwd: '/'}).paths, ['/a.yaml'])
})

test('find: root never looks where it stands', () => {
  const env = {XDG_CONFIG_HOME: '/tmp/evil', LOGCASTER_CONFIG: ''}
  assert.deepEqual(find(undefined, {...root, env}), {paths: ['/etc/logcaster/logcaster.yaml'], isNamed: false})
})

test('find: others look where they stand, then in the XDG folder', () => {
  const usual = ['/srv/here/logcaster.yaml', '/home/kim/.config/logcaster/logcaster.yaml']
  assert.deepEqual(find(undefined, user), {paths: usual, isNamed: false})
  const own = {XDG_CONFIG_HOME: '/xdg'}
  assert.deepEqual(find(undefined, {...user, env: own}).paths[1], '/xdg/logcaster/logcaster.yaml')
})

test('find: relative and empty XDG folders are ignored, as their specification says', () => {
  for (const folder of ['relative', './x', '']) {
    const env = {XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder}
    assert.equal(find(undefined, {...user, env}).paths[1], '/home/kim/.config/logcaster/logcaster.yaml')
    assert.equal(stateFolder(null, {...user, env}), '/home/kim/.local/state/logcaster')
  }
})

test('find: the state folder is the one that is set, else that of the system for root and of XDG for others', () => {
  const env = {XDG_STATE_HOME: '/xdg'}
  assert.equal(stateFolder('/set', {...root, env}), '/set')
  assert.equal(stateFolder(null, {...root, env}), '/var/lib/logcaster/state')
  assert.equal(stateFolder(null, {...user, env}), '/xdg/logcaster')
})
