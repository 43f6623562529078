import fs from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import ts from 'typescript'
import type {Gate} from './gate.ts'
import type {Tally} from './tally.ts'
import {readTally} from './tally.ts'

const node = process.execPath
const minuteMs = 60_000
/** `LONG=1` runs the same tests with larger numbers: soaks and sweeps that take hours. */
const isLong = process.env['LONG'] === '1'

/** What a change must pass before its behaviour is looked at, the quickest first. */
export function staticGates(): Gate[] {
  const bounded = (name: string, argv: readonly string[]): Gate => ({
    name,
    argv,
    timeoutMs: 5 * minuteMs,
    // Some of these programs colour their output when CI is set, and the output goes to a file.
    environment: {NO_COLOR: '1'}
  })
  const counted = (gate: Gate): Gate => ({...gate, inspect: (output) => ({isGood: true, says: lastLineOf(output)})})
  return [
    bounded('format', [node, program('prettier'), '--check', '--log-level=warn', '.']),
    bounded('types', [node, program('tsc')]),
    counted(bounded('lint', [node, 'scripts/lint.ts'])),
    counted(
      bounded('unused', [node, program('knip'), '--reporter', 'symbols', '--reporter', './scripts/knip-reporter.ts'])
    ),
    bounded('build', [node, 'scripts/setup.mjs'])
  ]
}

/** A gate that runs tests, and what came of them once it has run. */
export interface TestGate extends Gate {
  tally(): Tally
}

// Each of these starts the command hundreds of times, which takes four times as long from the sources; what they run
// of it is run by other tests, too.
const shippedOnly = 'test/cli/{crash,exits,locks,runs,runbook*,send*,server*,service,unit,up}.test.ts'

/** The tests of the sources, with the floors of `.c8rc.json` under how much of `src/` they run. */
export function sourceTests(): TestGate {
  const files = testFiles('test/**/*.test.ts', ['test/real/**', 'test/bench/**', shippedOnly])
  const coverage = [
    node,
    fileURLToPath(import.meta.resolve('c8/bin/c8.js')),
    ...typeFiles().map((file) => `--exclude=${file}`)
  ]
  return testGate({name: 'tests', files, timeoutMs: 10 * minuteMs, testTimeoutMs: minuteMs, before: coverage})
}

/** What `npm test` runs beyond `npm run check`: real components, the product as it is shipped, the benchmarks in small. */
export function widerTests(): TestGate[] {
  const bounds = {timeoutMs: 8 * minuteMs, testTimeoutMs: 2 * minuteMs}
  return [
    testGate({name: 'real', files: testFiles('test/real/**/*.test.ts'), ...bounds}),
    testGate({
      name: 'shipped',
      files: testFiles('test/cli/**/*.test.ts'),
      ...bounds,
      environment: {LOGCASTER_TEST_SHIPPED: '1'}
    }),
    testGate({name: 'bench', files: testFiles('test/bench/**/*.test.ts'), ...bounds})
  ]
}

interface TestRun {
  readonly name: string
  readonly files: readonly string[]
  readonly timeoutMs: number
  readonly testTimeoutMs: number
  /** A program that runs the runner of the tests. */
  readonly before?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** In a long run every bound is this many times as wide. */
const longFactor = 30

function testGate({name, files, before = [], ...run}: TestRun): TestGate {
  const tallyFile = path.join('coverage', 'tally', name)
  fs.mkdirSync(path.dirname(tallyFile), {recursive: true})
  fs.rmSync(tallyFile, {force: true})
  const factor = isLong ? longFactor : 1
  const tally = (): Tally => readTally(fs.existsSync(tallyFile) ? fs.readFileSync(tallyFile, 'utf8') : '')
  return {
    name,
    argv: [
      ...before,
      ...[
        node,
        ...(isLong ? ['--import=./test/long.ts'] : []),
        '--test',
        '--test-concurrency=2',
        `--test-timeout=${run.testTimeoutMs * factor}`
      ],
      ...['--test-reporter=./scripts/failures-reporter.ts', '--test-reporter-destination=stdout'],
      ...['--test-reporter=./scripts/tally-reporter.ts', `--test-reporter-destination=${tallyFile}`],
      ...files
    ],
    environment: run.environment ?? {},
    timeoutMs: run.timeoutMs * factor,
    tally,
    inspect(output) {
      const {passed, failed, skipped} = tally()
      const says = [`${passed} tests`, skipped.length === 0 ? '' : `${skipped.length} not run`, coverageIn(output)]
      return {isGood: failed === 0 && passed + skipped.length > 0, says: says.filter((part) => part !== '').join(', ')}
    }
  }
}

function testFiles(pattern: string, exclude: readonly string[] = []): string[] {
  const files = fs.globSync(pattern, {exclude}).sort()
  // Without a file the runner would look for tests by itself, and find others.
  return files.length > 0 ? files : [pattern]
}

/** Files that hold only types never run; to ask for their coverage would ask for the impossible. */
function typeFiles(): string[] {
  const options = {module: ts.ModuleKind.ESNext, removeComments: true, verbatimModuleSyntax: true}
  return fs.globSync('src/**/*.ts').filter((file) => {
    const code = ts.transpile(fs.readFileSync(file, 'utf8'), options)
    return /^\s*(export \{\};?)?\s*$/.test(code)
  })
}

/** From the table of c8: statements, branches, functions, lines. */
function coverageIn(output: string): string {
  const [, branches, lines] = /^All files +\| +[\d.]+ +\| +([\d.]+) +\| +[\d.]+ +\| +([\d.]+)/m.exec(output) ?? []
  return lines === undefined ? '' : `${lines} % of lines, ${branches ?? '?'} % of branches`
}

function program(name: string): string {
  return path.join('node_modules', '.bin', name)
}

function lastLineOf(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? ''
}
