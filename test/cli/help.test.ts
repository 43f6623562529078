import assert from 'node:assert/strict'
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {after, test} from 'node:test'
import {commands} from '../../src/cli/main.ts'
import {dieAt, estate, type Estate} from './estate.ts'
import {endAll} from '../host/supervised-place.ts'
import {makePast} from './past.ts'
import {documentIn, place, type Place, type Ran} from './run.ts'
import {freePorts, until} from './serving.ts'
import {giveLog} from './wal-exits.ts'

const past = await makePast({after})
const ids = Object.keys(commands)
const firstWords = ids.filter((id) => id.includes(' ')).map((id) => id.split(' ')[0] ?? '')
/** Words that are no command by themselves. */
const topics = [...new Set(firstWords)].filter((word) => !ids.includes(word))
const languages = [
  {name: 'en', usage: 'Usage: logcaster'},
  {name: 'ko', usage: '사용법: logcaster'}
]

for (const {name, usage} of languages) {
  for (const topic of [...ids, ...topics, '']) {
    test(`${name}: the help of logcaster ${topic} is there, in 80 columns`, async (t) => {
      const at = place(t)
      const words = topic === '' ? [] : topic.split(' ')
      const {code, stdout, stderr} = await at.run([...words, '--help', '--lang', name])
      assert.deepEqual([code, stderr], [0, ''])
      assert.ok(stdout.includes(`\n${usage} `))
      for (const line of stdout.split('\n')) assert.ok(widthOf(line) <= 80, `${widthOf(line)} columns: ${line}`)
      assert.equal(/\p{Script=Hangul}/u.test(stdout), name === 'ko')
      assert.equal((await at.run(['help', ...words], {env: {LC_ALL: `${name}.UTF-8`}})).stdout, stdout)
      if (ids.includes(topic)) assert.notDeepEqual(examplesIn(stdout), [])
    })
  }
}

for (const topic of [...topics, '']) {
  test(`logcaster ${topic} alone says what there is`, async (t) => {
    const at = place(t)
    const words = topic === '' ? [] : [topic]
    const ran = await at.run(words)
    assert.deepEqual([ran.code, ran.stderr], [0, ''])
    assert.equal(ran.stdout, (await at.run([...words, '--help'])).stdout)
    for (const id of ids.filter((one) => one.startsWith(topic)))
      assert.match(ran.stdout, new RegExp(`^ {2}${id} `, 'm'))
    const korean = await at.run([...words, '--lang', 'ko'])
    assert.deepEqual([korean.code, /\p{Script=Hangul}/u.test(korean.stdout)], [0, true])
  })
}

test('who asks for help and for JSON gets it as JSON', async (t) => {
  const at = place(t)
  const {stdout} = await at.run(['config', 'check', '--help'])
  const ran = await at.run(['config', 'check', '--help', '--json'])
  assert.equal(ran.code, 0)
  assert.equal(documentIn(ran)['text'], stdout)
})

test('the version is told in one line', async (t) => {
  const {code, stdout, stderr} = await place(t).run(['--version'])
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /^logcaster \d+\.\d+\.\d+ linux-\w+ node-v\d+\.\d+\.\d+\n$/)
})

for (const id of ids) {
  // Restarting a service needs a manager: see `test/real/runs.test.ts`; sending needs a server: see `send.test.ts`.
  test(`every example in the help of ${id} works as it is printed`, async (t) => {
    const [english = '', korean = ''] = await Promise.all(
      languages.map(async ({name}) => (await place(t).run([...id.split(' '), '--help', '--lang', name])).stdout)
    )
    const examples = examplesIn(english)
    assert.deepEqual(examplesIn(korean), examples)
    for (const example of examples.filter((one) => !one.includes('restart-service') && id !== 'send')) {
      const at = estate(t)
      past.giveTo(at)
      at.file('hello.yaml', "about: hello\nsteps:\n  - run: ['true']\n")
      if (id !== 'config init') at.file('logcaster.yaml', '')
      if (id.startsWith('server wal')) giveLog(at)
      const ran = await runExample(at, example.replace(/\d{8}T\d{6}Z-\w{6}/, await runFor(at, id, example)))
      const codes = ['daily-check', 'server status'].includes(id) ? [0, 1, 2, 3] : [0]
      assert.ok(codes.includes(ran.code ?? -1), `${example}: ${String(ran.code)}\n${ran.stderr}`)
      assert.notEqual(ran.stdout, '', example)
      assert.doesNotMatch(ran.stderr, /^error/m)
    }
  })
}

/** One that the command can be told of, in place of that in its example. */
function runFor(at: Estate, id: string, example: string): Promise<string> {
  if (id !== 'runs resume') {
    return Promise.resolve(['locks break', 'runs close'].includes(id) ? past.crashed : past.done)
  }
  at.runbook('announce', ['steps:', "  - {id: announce, run: ['true']}"])
  // The lock of the run that was broken off in the past is taken over between its start and its first step.
  return dieAt(example.includes('--done') ? 'after:3' : 'before:2', at, ['runbook', 'run', 'announce'])
}

/** The lines to be typed, each below a sentence about it. */
function examplesIn(help: string): readonly string[] {
  return [...help.matchAll(/^ {2}# \S.*\n {2}(logcaster .*)$/gm)].map(([, line = '']) => line)
}

/** By a shell, as whoever copies the line from the screen; what runs until it is told to end is told so once it is up. */
async function runExample(at: Place, example: string): Promise<Ran> {
  const under = ['/bin/sh', '-c', example.replace('logcaster', 'exec "$@"'), 'sh']
  if (!/^logcaster (?:up|server)\b/.test(example)) return at.run([], {under})
  const [log = 0, query = 0, http = 0] = await freePorts(3)
  const ports = {LOGCASTER_SERVER_LOG_PORT: log, LOGCASTER_SERVER_QUERY_PORT: query, LOGCASTER_SERVER_HTTP_PORT: http}
  const named = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]))
  const {child, ended} = at.start([], {under, env: {...named, LOGCASTER_SERVICE_MANAGER: 'pidfile'}})
  if (/^logcaster (?:up|server(?: supervise)?)(?: --|$)/.test(example)) {
    await until(() => Promise.resolve(child.exitCode !== null || isUp(at, log)))
    child.kill('SIGTERM')
  }
  const ran = await ended
  await endAll(at.folder)
  return ran
}

function isUp(at: Place, port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const isListening = new RegExp(`:${hex} 0+:0000 0A `).test(readFileSync('/proc/net/tcp', 'latin1'))
  return isListening || existsSync(join(at.folder, 'ports'))
}

function widthOf(line: string): number {
  return [...line].reduce((width, letter) => width + (/\p{Script=Hangul}/u.test(letter) ? 2 : 1), 0)
}
