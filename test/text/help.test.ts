import assert from 'node:assert/strict'
import {test} from 'node:test'
import {helpPages} from '../../src/cli/help.ts'
import {commands} from '../../src/cli/main.ts'
import {catalogueOf} from '../../src/text/catalogue.ts'
import {widthOf} from '../../src/text/columns.ts'
import {commandHelp, overview, type CommandPage} from '../../src/text/help.ts'
import {languages} from '../../src/text/language.ts'

const page: CommandPage = {
  id: 'backup create',
  summary: 'Copy the data to the backup target',
  description: '',
  examples: [{about: 'To another disk', command: 'logcaster backup create --target /mnt'}],
  args: [
    {name: 'SET', about: 'name of the backup set', required: true},
    {name: 'NOTE', about: 'said in the journal', required: false}
  ],
  flags: [
    {name: 'target', value: 'FOLDER', about: 'where the copy goes'},
    {name: 'yes', value: null, about: 'ask nothing'}
  ]
}

test('a page of help says what it does, how it is called, shows it, and lists what it takes', () => {
  assert.equal(
    commandHelp(page, 'en'),
    [
      'Copy the data to the backup target',
      '',
      'Usage: logcaster backup create SET [NOTE] [--flags]',
      '',
      'Examples:',
      '  # To another disk',
      '  logcaster backup create --target /mnt',
      '',
      'Arguments:',
      '  SET   name of the backup set',
      '  NOTE  said in the journal',
      '',
      'Flags:',
      '  --target FOLDER  where the copy goes',
      '  --yes            ask nothing',
      ''
    ].join('\n')
  )
})

test('long texts are wrapped beside their labels, and a description keeps its paragraphs', () => {
  const about = 'word '.repeat(30).trim()
  const text = commandHelp({...page, description: `${about}\n\nSecond.`, flags: [{name: 'x', value: 'N', about}]}, 'en')
  const lines = text.split('\n')
  for (const line of lines) assert.ok(line.length <= 80, line)
  assert.ok(text.includes('word\n\nSecond.\n'))
  const at = lines.findIndex((line) => line.startsWith('  --x N  word'))
  assert.match(lines[at + 1] ?? '', /^ {9}word/)
})

test('what a command does not take is not listed', () => {
  const text = commandHelp({...page, args: [], flags: []}, 'en')
  assert.doesNotMatch(text, /Arguments|Flags/)
  assert.ok(text.includes('Usage: logcaster backup create [--flags]'))
})

test('the overview lists every command with what it does, and where to read on', () => {
  assert.equal(
    overview('About.', [page, {...page, id: 'up', summary: 'Start'}], 'ko'),
    [
      'About.',
      '',
      '사용법: logcaster COMMAND [--flags]',
      '',
      '명령:',
      '  backup create  Copy the data to the backup target',
      '  up             Start',
      '',
      '명령별 도움말: logcaster COMMAND --help',
      ''
    ].join('\n')
  )
})

test('every page of help fits into 80 columns, in both languages', async () => {
  for (const language of languages) {
    const pages = Object.entries(await helpPages(commands, language))
    assert.ok(pages.length > Object.keys(commands).length)
    for (const [topic, text] of pages) {
      assert.doesNotMatch(text, /undefined|\n\n\n/, topic)
      for (const line of text.split('\n')) assert.ok(widthOf(line) <= 80, `${language} ${topic}: ${line}`)
    }
  }
})

test('every command says itself in Korean: what it is, each example, argument and flag', async () => {
  const common = catalogueOf('ko').commands['*']?.flags ?? {}
  for (const [id, load] of Object.entries(commands)) {
    const {default: Class} = await load()
    const own = catalogueOf('ko').commands[id]
    assert.ok(own !== undefined, id)
    assert.match(own.summary, /\p{Script=Hangul}/u, id)
    assert.equal(own.examples.length, (Class.examples as readonly unknown[] | undefined)?.length ?? 0, id)
    assert.deepEqual(Object.keys(own.args ?? {}).toSorted(), Object.keys(Class.args).toSorted(), id)
    assert.deepEqual(Object.keys(own.flags).toSorted(), Object.keys(Class.flags ?? {}).toSorted(), id)
    assert.deepEqual(Object.keys(common).toSorted(), Object.keys(Class.baseFlags ?? {}).toSorted(), id)
  }
})
