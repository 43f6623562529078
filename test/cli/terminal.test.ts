import assert from 'node:assert/strict'
import {test} from 'node:test'
import {commands} from '../../src/cli/main.ts'
import {lacking, place} from './run.ts'

/** What a command is given, to be quick and to say the same twice. */
const argumentsOf: Readonly<Record<string, readonly string[]>> = {
  'daily-check': ['--only', 'cert.expiry'],
  'config init': ['--path', '/dev/null/logcaster.yaml'],
  // These would run until they are told to end, or leave something running.
  up: ['--listen', '0.0.0.0'],
  server: ['--listen', '0.0.0.0'],
  'server start': ['--dry-run', '--set', 'service.manager=pidfile'],
  'server restart': ['--dry-run', '--set', 'service.manager=pidfile'],
  'server supervise': ['--set', 'server.listen=0.0.0.0']
}

/** Each command once as it is meant and once as it is not: on a terminal a library takes other ways to load. */
const runs = Object.keys(commands)
  .map((id) => id.split(' '))
  .flatMap((words) => [
    [...words, ...(argumentsOf[words.join(' ')] ?? [])],
    [...words, '--bogus']
  ])

for (const argv of runs) {
  test(
    `${argv.join(' ')}: ends on a terminal as it does elsewhere, and says the same`,
    {skip: lacking('script')},
    async (t) => {
      const at = place(t)
      const plain = await at.run(argv, {redirect: '2> /dev/null'})
      const shown = await at.run(argv, {tty: true, redirect: '2> /dev/null', env: {NO_COLOR: '1'}})
      assert.deepEqual([shown.code, told(shown.stdout)], [plain.code, told(plain.stdout)])
      // Standard error is a terminal as well: that alone lets libraries draw.
      const both = await at.run(argv, {tty: true})
      assert.equal(both.code, plain.code, both.stdout)
      assert.doesNotMatch(both.stdout, /logcaster itself|TypeError|node:internal/)
    }
  )
}

/** What no two runs have in common is taken out. */
function told(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(/\d[\d.]*/g, '0')
}

test(
  'a terminal that does not know its width gets lines as wide as any other output',
  {skip: lacking('script')},
  async (t) => {
    const {stdout} = await place(t).run(['daily-check', '--only', 'disk.space'], {tty: true, redirect: '2> /dev/null'})
    assert.equal(stdout.trimEnd().split('\n').length, 2, stdout)
  }
)
