import assert from 'node:assert/strict'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import {closedPort} from '../fixtures/network-servers.ts'
import {lacking, place, type Given} from './run.ts'

const columns = 80

for (const language of ['C', 'ko_KR.UTF-8']) {
  test(`${language}: no line of a report is wider than 80 columns, and its columns are aligned`, async (t) => {
    const at = place(t)
    const folder = join(at.folder, 'logs', 'a-folder-with-a-name-as-long-as-people-make-them-who-never-type-them')
    mkdirSync(folder, {recursive: true})
    writeFileSync(join(folder, 'app.log'), `ERROR ${'가나다라 '.repeat(40)}\nFATAL ${'x'.repeat(300)}\n`)
    const settings = {
      'paths.logs': join(at.folder, 'logs'),
      'paths.data': join(at.folder, 'absent'),
      'service.unit': 'logcaster.service',
      'server.host': '127.0.0.1',
      'server.log_port': await closedPort(t),
      'checks.cert.expiry.endpoints': `127.0.0.1:${await closedPort(t)}`,
      'checks.disk.space.critical': '0:0',
      'checks.skip': JSON.stringify([{id: 'disk.inodes', reason: '점검 시간 '.repeat(20).trim()}])
    }
    const set = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`])
    for (const detail of [[], ['--verbose'], ['--quiet']]) {
      const {code, stdout} = await at.run(['daily-check', ...detail, ...set], {env: {LC_ALL: language}})
      assert.equal(code, 2)
      holdWidth(stdout)
      holdAlignment(stdout)
    }
  })

  for (const argv of [
    ['daily-check', '--list'],
    ['config', 'show'],
    ['config', 'check']
  ]) {
    test(`${language}: ${argv.join(' ')} fits 80 columns`, async (t) => {
      const {code, stdout} = await place(t).run(argv, {env: {LC_ALL: language}})
      assert.equal(code, 0)
      holdWidth(stdout)
    })
  }
}

test('a terminal of 80 columns is filled, not overflown', {skip: lacking('script')}, async (t) => {
  const given: Given = {tty: true, env: {CI: 'true', LC_ALL: 'ko_KR.UTF-8'}}
  const {stdout} = await place(t).run(['daily-check', '--quiet', '--set', 'checks.disk.space.critical=0:0'], given)
  const lines = stdout.replaceAll('\r', '').split('\n')
  assert.ok(Math.max(...lines.map(widthOf)) > columns / 2)
  holdWidth(lines.join('\n'))
})

function holdWidth(text: string): void {
  assert.notEqual(text, '')
  for (const line of text.split('\n')) assert.ok(widthOf(line) <= columns, `${widthOf(line)} columns: ${line}`)
}

/** Status, id and reading begin in the same column in all lines, and what goes on below a reading begins there, too. */
function holdAlignment(report: string): void {
  const [, ...lines] = report.trimEnd().split('\n')
  const heads = lines.map((line) => /^( {2}\S+ +)([a-z0-9]+\.[a-z]+ +)/u.exec(line)).filter((head) => head !== null)
  assert.ok(heads.length > 1)
  const starts = new Set(heads.map(([, status = '', id = '']) => `${widthOf(status)},${widthOf(status + id)}`))
  assert.equal(starts.size, 1, report)
  const [reading] = [...starts].map((start) => Number(start.split(',')[1]))
  const below = lines.filter((line) => line.startsWith('   '))
  assert.ok(below.length > 0)
  for (const line of below) assert.equal(/^ */.exec(line)?.[0].length, reading, line)
}

/** Our own count, so that a mistake in the one under test does not hide itself. */
function widthOf(line: string): number {
  return [...line].reduce((width, letter) => width + (/\p{Script=Hangul}/u.test(letter) ? 2 : 1), 0)
}
