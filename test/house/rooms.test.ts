import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import {test} from 'node:test'
import {roomOf, rooms} from '../../scripts/rooms.ts'
import {refusal} from '../../scripts/rooms-rule.ts'
import {cycleIn} from './imports.ts'
import {root} from './tree.ts'

test('everything in src/ is a room of the table', () => {
  const found = fs.readdirSync(path.join(root, 'src'))
  assert.ok(found.length > 0)
  assert.deepEqual(
    found.filter((name) => rooms[roomOf(name)] === undefined),
    []
  )
})

test('the table names only rooms that it has, and faces that these rooms show', () => {
  for (const [name, {imports}] of Object.entries(rooms)) {
    for (const entry of imports) {
      const room = rooms[roomOf(entry)]
      assert.ok(room !== undefined, `${name} imports ${entry}, which is no room`)
      const face = entry.split('/')[1]
      const isShown = face === undefined || room.faces === 'every file' || room.faces.includes(face)
      assert.ok(isShown, `${name} imports ${entry}, which is no face`)
    }
  }
})

test('the table has no circle: rooms have an order', () => {
  assert.equal(
    cycleIn(new Map(Object.entries(rooms).map(([name, {imports}]) => [name, imports.map(roomOf)]))),
    undefined
  )
})

const allowed = [
  ['checks/disk-space.ts', '../config/schema.ts'],
  ['checks/port.ts', '../server/client.ts'],
  ['checks/port.ts', './check.ts'],
  ['checks/port.ts', 'node:path'],
  ['server/server.ts', 'node:net'],
  ['host/disk.ts', 'node:fs/promises'],
  ['commands/backup/list.ts', '../../cli.ts'],
  ['commands/daily-check.ts', '@oclif/core'],
  ['host/processes.ts', 'execa'],
  ['commands/config/show.ts', '../../cli/configuration.ts'],
  ['cli.ts', './cli/flags.ts'],
  ['cli/flags.ts', '../text/language.ts'],
  ['cli/main.ts', '../commands/daily-check.ts'],
  ['cli/main.ts', './help.ts'],
  ['cli/entry.ts', './main.ts'],
  ['cli/entry.ts', 'node:fs'],
  ['cli/entry.ts', '../../package.json']
] as const

const refused = [
  ['checks/port.ts', '../notify/notify.ts', /may not import notify/],
  ['checks/port.ts', '../server/server.ts', /may not import server\/server\.ts/],
  ['checks/port.ts', '../vault/catalogue.ts', /may not reach into .* are: vault\.ts/],
  ['checks/port.ts', 'node:fs', /only "host" touches the machine/],
  ['checks/port.ts', 'fs', /only "host" touches the machine/],
  ['checks/port.ts', 'node:timers/promises', /only "host" touches the machine/],
  ['checks/port.ts', 'execa', /may not import the package execa/],
  ['checks/port.ts', '../../scripts/rooms.ts', /outside src/],
  ['base/fault.ts', '../text/say.ts', /may import: nothing/],
  ['config/load.ts', '../host/disk.ts', /may not import host/],
  ['server/server.ts', 'node:fs', /only "host" touches the machine/],
  ['commands/backup/list.ts', './show.ts', /never imports another/],
  ['commands/daily-check.ts', 'node:path', /may not import node:path/],
  ['cli.ts', './commands/daily-check.ts', /may not import commands/],
  ['cli/scene.ts', 'node:fs', /only "host" touches the machine/],
  ['cli/entry.ts', '../host/real.ts', /may not import host/],
  ['host/processes.ts', 'zx', /may not import the package zx/],
  ['utils/strings.ts', '../base/fault.ts', /no room/]
] as const

test('the rule allows what the table allows', () => {
  for (const [file, source] of allowed) assert.equal(refusal(file, source), undefined, `${file} → ${source}`)
})

test('the rule refuses everything else and says why', () => {
  for (const [file, source, why] of refused) assert.match(refusal(file, source) ?? '', why, `${file} → ${source}`)
})
