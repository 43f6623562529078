import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import {test} from 'node:test'
import {readTally, summaryOf, sumOf} from '../../scripts/tally.ts'
import {projectWith, root} from './tree.ts'

const mixed = `
import {describe, test} from 'node:test'
describe('a group', () => {
  test('passes', () => {})
  test('fails', () => { console.log('said before'); throw new Error('the reason', {cause: new Error('the root of it')}) })
  test('is skipped', {skip: 'needs   root'}, () => {})
  test('is skipped without a word', {skip: true}, () => {})
  test('is not written', {todo: true})
  test('has a part', async (t) => { await t.test('that fails', () => { throw new Error('the part') }) })
})
describe('a skipped group', {skip: 'needs root'}, () => { test('is not counted', () => {}) })
`

test('the reporters count what node:test ran and print each failure once, in full', () => {
  using project = projectWith({
    'mixed.test.ts': mixed,
    'empty.test.ts': '',
    'broken.test.ts': "throw new Error('cannot load')\n"
  })
  const {stdout, tally} = runTests(project.folder)
  assert.deepEqual(tally.passed, 1)
  // The failing one, the part and the test that it is part of, the file without a test, the file that cannot be loaded.
  assert.equal(tally.failed, 5)
  assert.deepEqual(tally.skipped.toSorted(), ['needs root', 'needs root', 'no reason given', 'to be written'])

  assert.match(stdout, /FAILED {2}mixed\.test\.ts:5 {2}fails\n {2}Error: the reason\n[^]*the root of it/)
  assert.match(stdout, /empty\.test\.ts:1 .*\n {2}The file declares no test\./)
  assert.match(stdout, /Output of mixed\.test\.ts:\n {2}said before/)
  assert.match(stdout, /Output of broken\.test\.ts:[^]*cannot load/)
  assert.equal(stdout.match(/^FAILED/gm)?.length, 4)
  assert.equal(stdout.match(/Error: the part/g)?.length, 1)
  assert.doesNotMatch(stdout, /passes/)
})

test('a failure that quotes a line of a bundle is cut to what can be read', () => {
  using project = projectWith({
    'long.test.ts': "import {test} from 'node:test'\ntest('fails', () => { throw new Error('x'.repeat(100_000)) })\n"
  })
  const {stdout} = runTests(project.folder)
  assert.match(stdout, /FAILED {2}long\.test\.ts/)
  assert.ok(stdout.length < 5000, `${stdout.length} characters`)
})

test('the summary groups the reasons and ends with the counts alone on a line', () => {
  const one = readTally('passed\npassed\nskipped needs root\n')
  const two = readTally('failed\nskipped needs strace\nskipped needs root\n')
  const lines = summaryOf(sumOf([one, two])).split('\n')
  assert.deepEqual(lines.slice(0, 2), ['2 skipped: needs root', '1 skipped: needs strace'])
  assert.match(lines[2] ?? '', /npm run test:components/)
  assert.deepEqual(lines.slice(3), ['2 passed, 1 failed, 3 skipped', ''])
})

test('without a skipped test the summary is the counts', () => {
  assert.equal(summaryOf(readTally('passed\n')), '1 passed, 0 failed, 0 skipped\n')
})

function runTests(folder: string): {stdout: string; tally: ReturnType<typeof readTally>} {
  const {stdout} = spawnSync(
    process.execPath,
    [
      '--test',
      `--test-reporter=${path.join(root, 'scripts/failures-reporter.ts')}`,
      '--test-reporter-destination=stdout',
      `--test-reporter=${path.join(root, 'scripts/tally-reporter.ts')}`,
      '--test-reporter-destination=tally',
      '*.test.ts'
    ],
    {cwd: folder, encoding: 'utf8', env: {...process.env, NODE_TEST_CONTEXT: undefined}}
  )
  return {stdout, tally: readTally(fs.readFileSync(path.join(folder, 'tally'), 'utf8'))}
}
