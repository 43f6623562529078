import type {FaultCode, FaultValues} from '../../src/base/faults.ts'
import type {FindingCode, FindingValues} from '../../src/base/findings.ts'

type Samples<Values> = readonly [Values, ...Values[]]

const atMs = Date.UTC(2026, 10, 20, 9, 15)

/** Of runs, and of their steps. */
export const runSamples = {
  'lock-unknown': [{run: '20261120T091500Z-k3v9x2'}],
  'lock-alive': [{run: '20261120T091500Z-k3v9x2', pid: 4711, command: 'runbook run free-space'}],
  'run-half-undone': [{run: '20261120T091500Z-k3v9x2'}],
  'step-not-open': [{step: 'move', run: '20261120T091500Z-k3v9x2'}],
  'run-out-of-time': [{steps: 'write, move'}],
  'files-left-out': [{path: '/srv/logs', inUse: 1, odd: 2}],
  'run-needs-root': [{steps: 'restart, purge'}],
  'run-not-confirmed': [
    {steps: 'restart', wasAsked: true},
    {steps: 'restart', wasAsked: false}
  ],
  'run-too-long': [{runbook: 'free-space', stepsMax: 5000}],
  'run-goal-missed': [{check: 'service.state'}],
  'run-deadline': [{afterMs: 60_000}],
  'run-stuck': [{steps: 'write, move'}],
  'run-not-reversible': [{steps: 'announce'}],
  'run-plan-lost': [{path: '/var/lib/logcaster/state/runs/20261120T091500Z-k3v9x2/plan.json', reason: 'ENOENT'}],
  'run-crashed': [{run: '20261120T091500Z-k3v9x2', command: 'runbook run free-space', user: 'root', sinceMs: atMs}],
  'run-unknown': [{id: '20261120', nearest: null}],
  'run-not-open': [
    {run: '20261120T091500Z-k3v9x2', how: 'resume', status: 'done'},
    {run: '20261120T091500Z-k3v9x2', how: 'undo', status: 'undone'},
    {run: '20261120T091500Z-k3v9x2', how: 'close', status: 'done'}
  ],
  'step-uncertain': [{step: 'announce', run: '20261120T091500Z-k3v9x2'}],
  'step-unknown-id': [
    {step: 'mvoe', nearest: 'move'},
    {step: 'x', nearest: null}
  ],
  'runbook-bad-fact': [{runbook: 'free-space', fact: 'old', use: 'files.find'}],
  'step-bad-value': [{step: 'move', key: 'with.path', value: '"logs"', expected: 'plain-path'}],
  'step-value-option': [{step: 'restart', value: '--force'}],
  'step-value-missing': [{step: 'move', value: '${steps.look.stdout}'}],
  'step-each-not-list': [{step: 'move'}],
  'step-call-late': [{step: 'clean'}],
  'step-call-cycle': [{step: 'clean', chain: 'a → b → a'}],
  'step-call-ladder': [{step: 'clean', runbook: 'emergency'}],
  'step-world-moved': [{step: 'write', target: '/etc/a', planned: '{"state":"absent"}', found: '{"state":"file"}'}],
  'step-not-verified': [{step: 'write', target: '/etc/a'}],
  'step-hangs': [{step: 'write', afterMs: 60_000}],
  'step-broke': [{step: 'write', reason: 'EIO'}],
  'output-lost': [{path: '/var/lib/logcaster/state/runs/x/2.txt', reason: 'ENOSPC'}]
} as const satisfies {readonly [Code in FaultCode]?: Samples<FaultValues<Code>>}

export const runFindingSamples = {
  'runs-none': [{}],
  'runs-whole': [{runs: 12}],
  'runs-crashed': [{count: 1}, {count: 2}],
  'run-left': [
    {run: '20261120T091500Z-k3v9x2', command: 'runbook run free-space', user: 'root', sinceMs: atMs, status: 'crashed'},
    {run: '20261120T091500Z-k3v9x2', command: 'runbook run free-space', user: 'root', sinceMs: atMs, status: 'stuck'}
  ],
  'journal-whole': [{lines: 120, runs: 12}],
  'journal-wrong': [
    {state: 'altered', problems: 1, lines: 120},
    {state: 'cut', problems: 2, lines: 120}
  ],
  'journal-problem': [
    {kind: 'altered', segment: 1, line: 7, seq: 12},
    {kind: 'head-missing', segment: null, line: null, seq: null}
  ],
  'step-put-back': [{target: '/etc/a'}],
  'step-stays': [{target: 'sh: true'}],
  'step-skipped-when': [{}],
  'step-goal-reached': [{}],
  'step-needs-unmet': [{needed: 'move'}],
  'step-unknown': [{reason: 'value'}, {reason: 'world'}]
} as const satisfies {readonly [Code in FindingCode]?: Samples<FindingValues<Code>>}
