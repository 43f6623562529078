import {steps, testProblems} from './reading-runbooks.ts'

testProblems([
  [
    'ids that are taken, also by a step without one',
    steps('  - {run: [a], id: run-3}', '  - {run: [a], id: x}', '  - run: [a]', '  - {run: [a], id: x}'),
    ['6:5 runbook-duplicate-id run-3', '7:20 runbook-duplicate-id x']
  ],
  [
    'needs that nobody has',
    steps('  - {run: [a], id: move}', '  - {run: [a], needs: [mvoe, run-9, move]}'),
    ['5:24 runbook-unknown-name step mvoe move', '5:30 runbook-unknown-name step run-9 run-2']
  ],
  [
    'steps that wait for each other',
    steps(
      '  - {run: [a], id: a, needs: [c]}',
      '  - {run: [a], id: b, needs: [x, a]}',
      '  - {run: [a], id: c, needs: [b]}',
      '  - {run: [a], id: x, needs: [x]}'
    ),
    ['4:31 runbook-cycle a → c → b → a', '7:31 runbook-cycle x → x']
  ],
  [
    'steps that wait for each other, and name what each gives',
    steps("  - {run: [a, '${steps.b.out}'], id: a, needs: [b]}", "  - {run: [a, '${steps.a.out}'], id: b, needs: [a]}"),
    ['4:49 runbook-cycle a → b → a']
  ],
  [
    'a runbook that there is not',
    steps(
      '  - {use: runbook, with: {name: claen}}',
      '  - {use: runbook, with: {name: a}}',
      '  - {use: runbook, with: {name: 5}}',
      '  - {use: runbook, with: {name: clean, inputs: 5}}'
    ),
    [
      '4:33 runbook-unknown-name runbook claen clean',
      '5:33 runbook-unknown-name runbook a null',
      '6:33 config-bad-value steps[2].with.name 5 name',
      '7:48 config-bad-value steps[3].with.inputs 5 map'
    ]
  ]
])
