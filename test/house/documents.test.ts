import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import {test} from 'node:test'
import {faults} from '../../src/base/faults.ts'
import {findings} from '../../src/base/findings.ts'
import {Operator} from '../../src/cli.ts'
import {commands} from '../../src/cli/main.ts'
import {en} from '../../src/text/en.ts'
import {ko} from '../../src/text/ko.ts'
import {splitCommand} from '../../src/text/language.ts'
import {sayFault, sayFinding} from '../../src/text/say.ts'
import {writing} from '../../src/text/writing.ts'
import {faultSamples, findingSamples} from '../text/samples.ts'
import {filesOf, root} from './tree.ts'

const pages = filesOf(['README.md', 'CONTRIBUTING.md', 'docs'])

test('what is generated is what the code says', () => {
  const ran = spawnSync(process.execPath, ['scripts/generate.ts', '--check'], {cwd: root, encoding: 'utf8'})
  assert.equal(ran.status, 0, ran.stderr)
})

test('every file in commands/ is a command, and every command is such a file', () => {
  const files = filesOf(['src/commands']).map((file) => file.slice('src/commands/'.length, -'.ts'.length))
  assert.ok(files.length > 0)
  assert.deepEqual(files.map((file) => file.replaceAll('/', ' ')).sort(), Object.keys(commands).sort())
})

test('every command says everything in Korean, too', async () => {
  for (const [id, load] of Object.entries(commands)) {
    const {default: Class} = await load()
    const words = ko.commands[id]
    assert.ok(words !== undefined, id)
    assert.deepEqual(Object.keys(words.flags).sort(), Object.keys(Class.flags ?? {}).sort(), id)
    assert.deepEqual(Object.keys(words.args ?? {}).sort(), Object.keys(Class.args).sort(), id)
    assert.equal(words.examples.length, (Class.examples as readonly unknown[]).length, id)
  }
  assert.deepEqual(Object.keys(ko.commands['*']?.flags ?? {}).sort(), Object.keys(Operator.baseFlags).sort())
})

test('every command line in the documents exists', async () => {
  const lines = pages.flatMap((page) => commandLines(textOf(page)).map((line) => ({page, line})))
  assert.ok(lines.length > 5)
  for (const {page, line} of lines) assert.equal(await unknownIn(line), undefined, `${page}: ${line}`)
  assert.equal(await unknownIn('daily-chek'), 'daily-chek')
  assert.equal(await unknownIn('daily-check --onyl x'), '--onyl')
})

test('every command that a sentence names exists', async () => {
  const write = writing('utc')
  const said = [
    ...faultSamples.map((fault) => sayFault(fault, en, write)),
    ...findingSamples.map((one) => sayFinding(one, en, write))
  ]
  const lines = said.flatMap(({text, hint = ''}) => [...commandsIn(text), ...commandsIn(hint)])
  assert.ok(lines.length > 10)
  for (const line of lines) assert.equal(await unknownIn(line), undefined, line)
})

test('every link in the documents leads somewhere', () => {
  const links = pages.flatMap((page) => linksIn(page, textOf(page)))
  assert.ok(links.length > 5)
  assert.deepEqual(
    links.filter((link) => !fs.existsSync(path.join(root, link))),
    []
  )
})

test('every fault and every finding is said by somebody', () => {
  const said = filesOf(['src'])
    .filter((file) => !/^src\/(?:text|base\/(?:faults|findings))/.test(file))
    .map(textOf)
    .join('\n')
  const unsaid = [...Object.keys(faults), ...Object.keys(findings)].filter((code) => !said.includes(`'${code}'`))
  assert.deepEqual(unsaid, [])
})

test('every template is written by something', () => {
  const templates = filesOf(['templates'])
  assert.ok(templates.length > 0)
  const users = filesOf(['src', 'scripts']).map(textOf).join('\n')
  assert.deepEqual(
    templates.filter((file) => !users.includes(file)),
    []
  )
})

/** What follows `$ logcaster`, up to a comment or another program. */
function commandLines(text: string): string[] {
  return [...text.matchAll(/^ *\$ (?:bin\/)?logcaster +([^#|>\n]+)/gm)].map(([, line]) => (line ?? '').trim())
}

async function unknownIn(line: string): Promise<string | undefined> {
  const words = line.split(' ')
  const {id} = splitCommand(words, Object.keys(commands)) ?? {}
  if (id === undefined) return words[0]
  const Class = (await commands[id]?.())?.default
  const known = Object.keys({help: '', ...Class?.flags, ...Class?.baseFlags}).map((flag) => `--${flag}`)
  return words.flatMap((word) => /^--[a-z-]+/.exec(word) ?? []).find((flag) => !known.includes(flag))
}

/** What follows `logcaster` in a sentence, up to the end of its part, where that is how a command begins. */
function commandsIn(sentence: string): string[] {
  const topics = Object.keys(commands).map((id) => id.split(' ')[0])
  return [...sentence.matchAll(/\blogcaster ([a-z-]+\b[^.,;:]*)/g)]
    .map(([, line]) => (line ?? '').trim())
    .filter((line) => topics.includes(line.split(' ')[0]))
}

function linksIn(page: string, text: string): string[] {
  return [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => path.join(path.dirname(page), link ?? ''))
}

function textOf(file: string): string {
  return fs.readFileSync(path.join(root, file), 'utf8')
}
