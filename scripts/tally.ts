/** What came of the tests of one or more runs of `node --test`. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  /** The reason of each skipped test. */
  readonly skipped: readonly string[]
}

/** An event of node:test, as far as counting needs it. */
export interface TestEvent {
  readonly name: string
  readonly nesting: number
  readonly file?: string
  readonly line?: number
  readonly skip?: string | boolean
  readonly todo?: string | boolean
  readonly details: {readonly type?: string; readonly error?: Error}
}

/**
 * One line of the tally file for a test that has ended, or nothing for a group, whose tests speak for themselves. Lines are
 * written as tests end, so that a run that is stopped in the middle still tells what it knows.
 */
export function tallyLine(type: 'test:pass' | 'test:fail', event: TestEvent): string | undefined {
  const isSkipped = event.skip !== undefined && event.skip !== false
  if (event.details.type === 'suite' && !isSkipped) return undefined
  if (type === 'test:fail' || declaresNoTest(event)) return 'failed\n'
  if (isSkipped) return `skipped ${reasonOf(event.skip)}\n`
  return event.todo === undefined || event.todo === false ? 'passed\n' : 'skipped to be written\n'
}

/** A file without tests is reported by node:test as one test that passes and has the name of the file. */
export function declaresNoTest(event: TestEvent): boolean {
  return event.nesting === 0 && event.file?.endsWith(event.name) === true && event.name.endsWith('.ts')
}

export function readTally(text: string): Tally {
  const lines = text.split('\n').filter((line) => line !== '')
  const skipped = lines.filter((line) => line.startsWith('skipped '))
  return {
    passed: lines.filter((line) => line === 'passed').length,
    failed: lines.filter((line) => line === 'failed').length,
    skipped: skipped.map((line) => line.slice('skipped '.length))
  }
}

export function sumOf(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, tally) => sum + tally.passed, 0),
    failed: tallies.reduce((sum, tally) => sum + tally.failed, 0),
    skipped: tallies.flatMap((tally) => tally.skipped)
  }
}

/** The reasons with their counts, most frequent first, and alone on the last line what programs look for. */
export function summaryOf({passed, failed, skipped}: Tally): string {
  const counts = new Map<string, number>()
  for (const reason of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const reasons = [...counts].sort((a, b) => b[1] - a[1]).map(([reason, count]) => `${count} skipped: ${reason}`)
  if (reasons.length > 0) reasons.push(cure)
  return [...reasons, `${passed} passed, ${failed} failed, ${skipped.length} skipped`, ''].join('\n')
}

const cure = 'To install what is missing, on Debian: `sudo npm run test:components`, or `CI=true npm test` as root.'

function reasonOf(skip: string | boolean | undefined): string {
  return typeof skip === 'string' && skip !== '' ? skip.replace(/\s+/g, ' ') : 'no reason given'
}
