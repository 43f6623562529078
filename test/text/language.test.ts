import assert from 'node:assert/strict'
import {test} from 'node:test'
import {asksForHelp, commandWords, flagValue, hasFlag, languageOf, splitCommand} from '../../src/text/language.ts'

test('the language is the one asked for, else that of LC_ALL, of LC_MESSAGES, of LANG, else English', () => {
  const korean = 'ko_KR.UTF-8'
  const other = 'de_DE.UTF-8'
  assert.equal(languageOf([], {}), 'en')
  assert.equal(languageOf([], {LANG: korean}), 'ko')
  assert.equal(languageOf([], {LC_MESSAGES: korean, LANG: other}), 'ko')
  assert.equal(languageOf([], {LC_MESSAGES: other, LANG: korean}), 'en')
  assert.equal(languageOf([], {LC_ALL: korean, LC_MESSAGES: other, LANG: other}), 'ko')
  assert.equal(languageOf([], {LC_ALL: 'C', LC_MESSAGES: korean, LANG: korean}), 'en')
  assert.equal(languageOf(['--lang', 'en'], {LC_ALL: korean}), 'en')
  assert.equal(languageOf(['--lang=ko'], {LC_ALL: 'C'}), 'ko')
})

test('a variable that is empty says nothing', () => {
  assert.equal(languageOf([], {LC_ALL: '', LC_MESSAGES: '', LANG: 'ko_KR.UTF-8'}), 'ko')
  assert.equal(languageOf([], {LC_ALL: '', LC_MESSAGES: '', LANG: ''}), 'en')
  assert.equal(languageOf([], {LC_ALL: undefined, LC_MESSAGES: 'ko'}), 'ko')
})

test('Korean is known in all its spellings, and other languages that begin alike are not Korean', () => {
  for (const name of ['ko', 'KO', 'ko_KR', 'ko-KR', 'ko_KR.eucKR', 'ko.UTF-8', 'ko@hanja']) {
    assert.equal(languageOf([], {LANG: name}), 'ko', name)
  }
  for (const name of ['kok_IN.UTF-8', 'kor', 'C', 'POSIX', 'en_KO', 'de']) {
    assert.equal(languageOf([], {LANG: name}), 'en', name)
  }
})

test('a flag may carry its value or be followed by it, and the last one counts', () => {
  assert.equal(flagValue([], '--lang'), undefined)
  assert.equal(flagValue(['--lang', 'ko'], '--lang'), 'ko')
  assert.equal(flagValue(['--lang=ko'], '--lang'), 'ko')
  assert.equal(flagValue(['--lang='], '--lang'), '')
  assert.equal(flagValue(['--lang=ko=x'], '--lang'), 'ko=x')
  assert.equal(flagValue(['--lang=en', 'x', '--lang', 'ko'], '--lang'), 'ko')
  assert.equal(flagValue(['--lang', 'en', '--lang=ko'], '--lang'), 'ko')
  assert.equal(flagValue(['x', '--lang'], '--lang'), undefined)
  assert.equal(flagValue(['--language=ko', '--langs', 'ko'], '--lang'), undefined)
})

test('behind `--` nothing is a flag', () => {
  assert.equal(flagValue(['--', '--lang', 'ko'], '--lang'), undefined)
  assert.equal(flagValue(['--lang', 'en', '--', '--lang=ko'], '--lang'), 'en')
  assert.equal(languageOf(['--', '--lang=ko'], {}), 'en')
  assert.equal(hasFlag(['--', '--json'], '--json'), false)
  assert.equal(asksForHelp(['daily-check', '--', '--help']), false)
})

test('a switch is there under any of its names', () => {
  assert.equal(hasFlag(['x', '-h'], '--help', '-h'), true)
  assert.equal(hasFlag(['x', '--help'], '--help', '-h'), true)
  assert.equal(hasFlag(['x', '--helping'], '--help', '-h'), false)
  assert.equal(hasFlag(['--json', '--', 'x'], '--json'), true)
})

test('the words of a command are what is neither a flag nor the value of one', () => {
  assert.deepEqual(commandWords(['config', 'show', '--changed']), ['config', 'show'])
  assert.deepEqual(commandWords(['--lang', 'ko', 'config', '--config', 'x.yaml', 'show']), ['config', 'show'])
  assert.deepEqual(commandWords(['--set', 'a=b', '--format', 'json', 'daily-check']), ['daily-check'])
  assert.deepEqual(commandWords(['--lang=ko', 'daily-check']), ['daily-check'])
  assert.deepEqual(commandWords([]), [])
})

test('`help` before a command asks about it, and behind it is a word like others', () => {
  assert.deepEqual(commandWords(['help', 'config', 'show']), ['config', 'show'])
  assert.deepEqual(commandWords(['config', 'help']), ['config', 'help'])
  assert.deepEqual(commandWords(['--lang', 'ko', 'help', 'daily-check']), ['daily-check'])
})

test('help is given when it is asked for, wherever the language was said, and when nothing was said at all', () => {
  const asking = [
    [],
    ['help'],
    ['help', 'config'],
    ['daily-check', '--help'],
    ['-h'],
    ['--lang', 'ko', 'help', 'config']
  ]
  for (const argv of asking) assert.equal(asksForHelp(argv), true, argv.join(' '))
  for (const argv of [['daily-check'], ['config', 'help'], ['--config', 'help', 'daily-check']]) {
    assert.equal(asksForHelp(argv), false, argv.join(' '))
  }
})

const ids = ['daily-check', 'config init', 'config show', 'serve', 'serve status']

test('flags and their values may stand before, between and after the words of a command, and stay where they are', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['daily-check', 'daily-check', ''],
    ['daily-check --since 2h', 'daily-check', '--since 2h'],
    ['--since 2h daily-check', 'daily-check', '--since 2h'],
    ['--only x --skip y daily-check --json', 'daily-check', '--only x --skip y --json'],
    ['--quiet daily-check', 'daily-check', '--quiet'],
    ['config --changed show', 'config show', '--changed'],
    ['config --path x init', 'config init', '--path x'],
    ['--config show config show', 'config show', '--config show'],
    ['config --config show show', 'config show', '--config show'],
    ['--profile config daily-check', 'daily-check', '--profile config'],
    ['--profile config config show', 'config show', '--profile config'],
    ['daily-check --only config show', 'daily-check', '--only config show'],
    ['config show init', 'config show', 'init'],
    ['serve --port 1 status', 'serve status', '--port 1'],
    ['serve x status', 'serve', 'x status'],
    ['help --lang ko config show', 'config show', 'help --lang ko']
  ]
  for (const [argv, id, rest] of cases) {
    assert.deepEqual(
      splitCommand(argv.split(' '), ids),
      {id, rest: rest.split(' ').filter((word) => word !== '')},
      argv
    )
  }
})

test('a word that no flag can have for its value is not passed over', () => {
  for (const argv of [
    'nonesuch',
    'nonesuch daily-check',
    'config nonesuch show',
    '--config daily-check',
    'config',
    'toString'
  ]) {
    assert.equal(splitCommand(argv.split(' '), ids), undefined, argv)
  }
  assert.equal(splitCommand([], ids), undefined)
})
