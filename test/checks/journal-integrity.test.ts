import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Verdict} from '../../src/checks/check.ts'
import {journalIntegrity} from '../../src/checks/journal-integrity.ts'
import {stageWith, state, steps} from '../runbook/stage.ts'
import type {Stage} from '../runbook/stage.ts'
import {verdictOf} from './context.ts'

const journal = `${state}/journal/00000001.jsonl`
const head = `${state}/journal-head.json`

/** After two runs, each of four lines. */
async function staged(): Promise<Stage> {
  const stage = stageWith({
    runbooks: {demo: steps("- {id: tool, run: [announce, '${inputs.word}']}", 'inputs: {word: {type: text, about: x}}')}
  })
  for (const word of ['one', 'two']) assert.equal((await stage.run('demo', {inputs: [`word=${word}`]})).status, 'done')
  return stage
}

async function verdictAfter(change: (text: string, stage: Stage) => string): Promise<Verdict> {
  const stage = await staged()
  const text = stage.disk.text(journal) ?? ''
  const changed = change(text, stage)
  if (changed !== text) stage.disk.put(journal, changed)
  return verdictOf(journalIntegrity, stage.host)
}

test('journal.integrity: where nothing has been run there is nothing to verify', async () => {
  const verdict = await verdictOf(journalIntegrity, stageWith().host)
  assert.deepEqual([verdict.status, verdict.finding.code], ['skipped', 'runs-none'])
})

test('journal.integrity: a journal that is as it was written is fine', async () => {
  const verdict = await verdictAfter((text) => text)
  assert.deepEqual([verdict.status, verdict.value, verdict.evidence], ['ok', 0, []])
  assert.deepEqual(verdict.finding, {code: 'journal-whole', values: {lines: 9, runs: 2}})
})

test('journal.integrity: an end that was left half written is told, and is nobody’s doing', async () => {
  const verdict = await verdictAfter((text) => `${text}{"type":"step_b`)
  assert.equal(verdict.status, 'ok')
  assert.deepEqual(verdict.finding, {code: 'journal-wrong', values: {state: 'torn', problems: 1, lines: 9}})
  assert.deepEqual(verdict.evidence, [
    {code: 'journal-problem', values: {kind: 'torn', segment: 1, line: 10, seq: null}}
  ])
})

test('journal.integrity: a line that was changed is critical, and where it stands is told', async () => {
  const verdict = await verdictAfter((text) => text.replace('"announce one"', '"announce two"'))
  assert.equal(verdict.status, 'critical')
  assert.equal((verdict.finding.values as {state?: string}).state, 'altered')
  assert.deepEqual(verdict.evidence?.[0]?.values, {kind: 'altered', segment: 1, line: 3, seq: 3})
})

test('journal.integrity: lines that were cut off its end are critical', async () => {
  const verdict = await verdictAfter((text) => text.split('\n').slice(0, 5).join('\n'))
  assert.deepEqual([verdict.status, (verdict.finding.values as {state?: string}).state], ['critical', 'cut'])
})

test('journal.integrity: a mark of its end that is gone is critical', async () => {
  const verdict = await verdictAfter((text, stage) => {
    stage.disk.put(head, '')
    return text
  })
  assert.deepEqual([verdict.status, (verdict.finding.values as {state?: string}).state], ['critical', 'head-missing'])
})

test('journal.integrity: what only a newer version can read is unknown', async () => {
  const verdict = await verdictAfter((text, stage) => {
    stage.disk.put(head, (stage.disk.text(head) ?? '').replace('"format":1', '"format":2'))
    return text
  })
  assert.deepEqual([verdict.status, (verdict.finding.values as {state?: string}).state], ['unknown', 'newer'])
})
