import assert from 'node:assert/strict'
import {test} from 'node:test'
import {codesOf, documentIn, place} from './run.ts'

// Something that the start itself needs, and that nobody expects to fail.
const broken = "--import=data:text/javascript,process.umask=()=>{throw(new(Error)('no%20umask'))}"

test('a failure before there is anything to run is told as any other, and ends by the kind of the command', async (t) => {
  const at = place(t)
  const env = {NODE_OPTIONS: broken}
  for (const [argv, code, command] of [
    [['daily-check'], 3, 'daily-check'],
    [['config', 'check'], 1, 'config.check'],
    [['runs', 'verify'], 3, 'runs.verify'],
    [['runbook', 'run', 'free-space'], 1, 'runbook.run'],
    [['nonesuch'], 1, 'logcaster']
  ] as const) {
    const plain = await at.run(argv, {env})
    assert.deepEqual([plain.code, plain.stdout], [code, ''])
    assert.match(plain.stderr, /^error: .*no umask/)
    const json = await at.run([...argv, '--json'], {env})
    assert.deepEqual([json.code, json.stderr], [code, ''])
    const document = documentIn(json)
    assert.deepEqual([document.schema, codesOf(document.errors)], [`logcaster.${command}/1`, ['bug']])
  }
})

test('a flag without a command that nobody knows is named', async (t) => {
  const at = place(t)
  assert.match((await at.run(['--bogus'])).stderr, /^error: .*--bogus/)
  const {errors} = documentIn(await at.run(['--json', '--bogus=1']))
  assert.match(errors[0]?.message ?? '', /"--bogus"/)
})
