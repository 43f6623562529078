import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {printUnit} from '../../src/cli/unit.ts'
import {simHost} from '../sim/host.ts'
import {checkout, documentIn, place} from './run.ts'

const template = readFileSync(join(checkout, 'templates/logcaster.service'), 'utf8')

test('server unit: prints the unit with the program that is installed here', async (t) => {
  const ran = await place(t).run(['server', 'unit'])
  assert.equal(ran.code, 0, ran.stderr)
  assert.equal(ran.stdout, template.replaceAll('/usr/local/bin/logcaster', join(checkout, 'bin/logcaster')))
  assert.match(ran.stdout, /^ExecStart=\/.+\/bin\/logcaster server --data-dir /m)
  const document = documentIn(await place(t).run(['server', 'unit', '--json']))
  assert.equal(document['unit'], ran.stdout)
})

test('server unit: warns where the unit would hide the program from itself', async () => {
  for (const [folder, warned] of [
    ['/opt/logcaster', []],
    ['/home/kim/logcaster', ['server-unit-hidden']],
    ['/root/logcaster', ['server-unit-hidden']]
  ] as const) {
    const host = simHost({seed: 1})
    host.disk.put(`${folder}/templates/logcaster.service`, template)
    const {warnings} = await printUnit({host}, folder)
    assert.deepEqual(
      warnings.map(({code}) => code),
      warned
    )
  }
})

test('server unit: an installation that lacks it says so', async () => {
  await assert.rejects(printUnit({host: simHost({seed: 1})}, '/opt/logcaster'), {code: 'file-unreadable'})
})
