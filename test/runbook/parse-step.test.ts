import {steps, testProblems} from './reading-runbooks.ts'

testProblems([
  [
    'steps that are none, do nothing, or two things',
    steps('  - df', '  - {id: a}', '  - {run: [df], sh: df}', '  - {use: , with: {}}'),
    ['4:5 config-bad-value steps[0] df record', '5:5 runbook-not-one-kind', '6:5 runbook-not-one-kind run, sh']
  ],
  [
    'kinds that there are not',
    steps('  - use: file.rm', '  - use: FILE', '  - use: [run]'),
    [
      '4:10 runbook-unknown-name step-kind file.rm null',
      '5:10 config-bad-value steps[1].use FILE name',
      '6:10 config-bad-value steps[2].use [run] name'
    ]
  ],
  [
    'what a kind does not take',
    steps(
      '  - use: file.remove',
      '    with: {pth: /a, path: b, mode: 0640}',
      '  - {run: df}',
      '  - {run: []}',
      '  - {run: [-x]}',
      '  - {run: [df], with: [a]}',
      '  - zx: x.mjs',
      '  - {use: check}',
      '  - sh:'
    ),
    [
      '5:11 config-bad-value steps[0].with.reason null text',
      '5:12 runbook-unknown-key steps[0].with.pth steps[0].with.path',
      '5:27 config-bad-value steps[0].with.path b plain-path',
      '5:36 config-bad-value steps[0].with.mode 0640 file-mode',
      '6:11 config-bad-value steps[1].with.argv df words',
      '7:11 config-bad-value steps[2].with.argv [] words',
      '8:11 config-bad-value steps[3].with.argv [-x] words',
      '9:23 config-bad-value steps[4].with [a] record',
      '10:9 config-bad-value steps[5].with.script x.mjs script-path',
      '11:6 config-bad-value steps[6].with.id null check-id',
      '12:8 config-bad-value steps[7].with.text null text'
    ]
  ],
  [
    'a short form and the long one of the same',
    steps('  - run: [df]', '    with: {argv: [du], changes: false}'),
    ['5:12 config-duplicate-key argv']
  ],
  [
    'numbers that YAML changes',
    steps('  - run: [chmod, 0640, 1.10, 5, 0x10, -1, "0640"]', '  - {run: [a], with: {env: {A: 1e3, B: 7}}}'),
    [
      '4:18 config-bad-value steps[0].with 0640 word',
      '4:24 config-bad-value steps[0].with 1.10 word',
      '4:33 config-bad-value steps[0].with 0x10 word',
      '5:32 config-bad-value steps[1].with 1e3 word'
    ]
  ],
  [
    'names of variables that are none',
    steps('  - {run: [a], with: {env: {A-B: x}}}'),
    ['4:28 config-bad-value steps[0].with.env {A-B: x} environment']
  ],
  [
    'everything that is said of a step',
    steps(
      '  - run: [df]',
      '    id: Move It',
      '    about: 5',
      '    needs: [A, 5]',
      '    timeout: 0s',
      '    retry: {times: 0, backof: 1s}',
      '    on_failure: ignore',
      '    when: true',
      '    each: [a]'
    ),
    [
      '5:9 config-bad-value steps[0].id Move It name',
      '6:12 config-bad-value steps[0].about 5 meaning',
      '7:13 config-bad-value steps[0].needs[0] A name',
      '7:16 config-bad-value steps[0].needs[1] 5 name',
      '8:14 config-bad-value steps[0].timeout 0s duration',
      '9:20 config-bad-value steps[0].retry.times 0 whole:1|100',
      '9:23 runbook-unknown-key steps[0].retry.backof steps[0].retry.backoff',
      '10:17 config-bad-value steps[0].on_failure ignore one-of:stop|continue|undo',
      '11:11 config-bad-value steps[0].when true condition',
      '12:11 config-bad-value steps[0].each [a] reference'
    ]
  ],
  [
    'conditions and lists that are none',
    steps(
      "  - {run: [a], when: '${inputs.age} && x', each: 'a ${inputs.age}'}",
      "  - {run: [a], when: '', each: ''}",
      '  - {run: [a], when: x == y, each: x}'
    ),
    [
      "4:22 config-bad-value steps[0].when '${inputs.age} && x' condition",
      "4:50 config-bad-value steps[0].each 'a ${inputs.age}' reference",
      "5:22 config-bad-value steps[1].when '' condition",
      "5:32 config-bad-value steps[1].each '' reference",
      '6:22 config-bad-value steps[2].when x == y condition',
      '6:36 config-bad-value steps[2].each x reference'
    ]
  ]
])
