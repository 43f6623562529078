import path from 'node:path'
import {inspect} from 'node:util'
import type {TestEvent} from './tally.ts'
import {declaresNoTest} from './tally.ts'

/** More of the output of a failed file only pushes the failure itself off the screen. */
const outputCharactersMax = 8000

/** A stack in bundled code quotes its line, which is the whole bundle. */
const lineCharactersMax = 500

/** Prints the failures in full and nothing about the rest; what a file has printed only when a test in it failed. */
export default async function* failures(events: AsyncIterable<{type: string; data: unknown}>): AsyncGenerator<string> {
  const outputs = new Map<string, string>()
  const failed = new Set<string>()
  for await (const {type, data} of events) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      const {file, message} = data as {file: string; message: string}
      const name = path.resolve(file)
      outputs.set(name, `${outputs.get(name) ?? ''}${message}`.slice(-outputCharactersMax))
    }
    if (type === 'test:interrupted') yield unfinished((data as {tests: TestEvent[]}).tests)
    if (type !== 'test:pass' && type !== 'test:fail') continue

    const event = data as TestEvent
    const why =
      type === 'test:fail' ? failureOf(event) : declaresNoTest(event) ? 'The file declares no test.' : undefined
    if (why === undefined) continue
    failed.add(event.file ?? '')
    yield `FAILED  ${placeOf(event)}  ${event.name}\n${indented(why)}\n\n`
  }
  for (const file of failed) {
    const output = outputs.get(file)
    if (output !== undefined) yield `Output of ${path.relative('', file)}:\n${indented(output.trimEnd())}\n\n`
  }
}

/** Nothing for a group or a test that failed only because something in it did: that one is printed. */
function failureOf(event: TestEvent): string | undefined {
  const error = event.details.error as (Error & {failureType?: string}) | undefined
  if (error?.failureType === 'subtestsFailed') return undefined
  const cause = error?.cause ?? error
  return typeof cause === 'string' ? cause : inspect(cause)
}

function indented(text: string): string {
  return text.replace(/^.*$/gm, (line) => `  ${line.slice(0, lineCharactersMax)}`)
}

function unfinished(tests: readonly TestEvent[]): string {
  return `Still running when stopped: ${tests.map(placeOf).join(', ')}\n`
}

function placeOf(event: TestEvent): string {
  const file = event.file === undefined ? '?' : path.relative('', event.file)
  return `${file}:${event.line ?? 1}`
}
