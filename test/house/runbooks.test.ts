import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import {test} from 'node:test'
import type {Runbook} from '../../src/runbook/runbook.ts'
import {codesOf, logs, shipped, stageWith} from '../runbook/stage.ts'
import {filesOf, root} from './tree.ts'

const files = filesOf(['runbooks'])
const names = files.filter((file) => file.endsWith('.yaml')).map((file) => path.basename(file, '.yaml'))
const pages = filesOf(['README.md', 'docs'])

test('every shipped runbook is planned on a machine that has what it works on, and nothing speaks against it', async () => {
  assert.ok(names.length > 0)
  for (const name of names) {
    const stage = stageWith({runbooks: {[name]: shipped(name)}})
    const monthAgo = stage.clock.now() - 30 * 86_400_000
    for (const number of [1, 2, 3, 4]) stage.disk.put(`${logs}/app.log.${number}`, 'old', {modifiedMs: monthAgo})
    const before = stage.disk.files()
    const report = await stage.run(name, {dryRun: true})
    assert.deepEqual(codesOf(report.errors), [], name)
    assert.ok(report.status === 'planned' || report.status === 'nothing', `${name}: ${report.status}`)
    assert.deepEqual(stage.disk.files(), before, name)
  }
})

test('every shipped runbook says in both languages what it is for, what it takes, and what each step does', async () => {
  for (const {name, about, inputs, steps} of await read(Object.fromEntries(names.map((one) => [one, shipped(one)])))) {
    const meanings = [about, ...inputs.map((input) => input.about), ...steps.map((step) => step.about)]
    for (const meaning of meanings) {
      assert.match(meaning?.en ?? '', /[a-z]/, name)
      assert.match(meaning?.ko ?? '', /\p{Script=Hangul}/u, name)
      assert.doesNotMatch(meaning?.en ?? '', /\p{Script=Hangul}/u, name)
    }
  }
})

test('every shipped runbook is told of in the documents, as a command', () => {
  const told = pages.map(textOf).join('\n')
  const untold = names.filter((name) => !told.includes(`$ logcaster runbook run ${name}`))
  assert.deepEqual(untold, [])
})

test('every file in runbooks/ is a runbook, or a script that one of them runs', () => {
  const texts = names.map(shipped).join('\n')
  const others = files.filter((file) => !file.endsWith('.yaml'))
  const unused = others.filter((file) => !texts.includes(`./${path.relative('runbooks', file)}`))
  assert.deepEqual(unused, [])
})

test('what the documents show as a runbook is one', async () => {
  const shown = pages.flatMap((page) => blocksIn(textOf(page)).map((text, at) => [nameFor(page, at), text] as const))
  const runbooks = shown.filter(([, text]) => /^about:/m.test(text))
  assert.ok(runbooks.length > 1)
  const found = await read(Object.fromEntries(runbooks))
  assert.equal(found.length, runbooks.length)
})

/** Those that are there, by the names that are given to them; throws at the first that is none. */
async function read(texts: Readonly<Record<string, string>>): Promise<readonly Runbook[]> {
  const {shelf} = await stageWith({runbooks: texts}).place()
  const {runbooks, faults} = await shelf.readAll()
  assert.deepEqual(
    faults.map(({code, values}) => ({code, values})),
    []
  )
  return runbooks
}

function nameFor(page: string, at: number): string {
  return `${path.basename(page, '.md').toLowerCase()}-${at}`
}

function blocksIn(text: string): string[] {
  return [...text.matchAll(/^( *)```yaml\n(.*?)^\1```$/gms)].map(([, indent = '', block = '']) => {
    return block.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
  })
}

function textOf(file: string): string {
  return fs.readFileSync(path.join(root, file), 'utf8')
}
