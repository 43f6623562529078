import {steps, testProblems} from './reading-runbooks.ts'

testProblems([
  [
    'values in what is run',
    steps(
      '  - sh: |',
      '      echo ok',
      '      echo "${inputs.age}" ${HOME} ${item}',
      '  - zx: ./${inputs.age}.mjs',
      "  - {run: ['${config.paths.logs}/x', '${inputs.age}'], with: {undo: ['${inputs.age}', x]}}",
      "  - {use: runbook, with: {name: '${inputs.age}'}}",
      '  - {use: sh, with: {text: "${facts.x"}}'
    ),
    [
      '6:13 runbook-fixed-text ${inputs.age}',
      '7:11 runbook-fixed-text ${inputs.age}',
      '8:13 runbook-fixed-text ${config.paths.logs}',
      '8:71 runbook-fixed-text ${inputs.age}',
      '9:34 runbook-fixed-text ${inputs.age}',
      '10:29 runbook-fixed-text ${facts.x'
    ]
  ],
  [
    'references to nothing',
    steps(
      "  - run: [echo, 'a ${inputs.aeg} ${HOME}', '${facts.old}', '${config.checks.ping_url}', '${item.path}']",
      '    with: {env: {A: \'${config.moon}\', B: "\\u00e9\\n ${inputs.age} ${inputs.moon}"}}',
      '  - sh: echo',
      '    when: ${inputs.ag} == ${steps.nobody.code}'
    ),
    [
      '4:20 runbook-bad-reference ${inputs.aeg} unknown-input ${inputs.age}',
      '4:34 runbook-bad-reference ${HOME} unknown null',
      '4:45 runbook-bad-reference ${facts.old} unknown-fact null',
      '4:61 runbook-bad-reference ${config.checks.ping_url} secret null',
      '4:90 runbook-bad-reference ${item.path} no-item null',
      '5:22 runbook-bad-reference ${config.moon} unknown-setting null',
      '5:66 runbook-bad-reference ${inputs.moon} unknown-input null',
      '7:11 runbook-bad-reference ${inputs.ag} unknown-input ${inputs.age}',
      '7:27 runbook-bad-reference ${steps.nobody.code} unknown-step null'
    ]
  ],
  [
    'references to steps that have given nothing yet',
    steps(
      "  - {run: [a, '${steps.b.out}', '${steps.a.out}'], id: a}",
      "  - {run: [a, '${steps.a.out}'], id: b}",
      "  - {run: [a], id: e, each: '${steps.a.out}'}",
      "  - {run: [a, '${steps.e.out} ${steps.call.out}']}",
      "  - {use: runbook, id: call, with: {name: clean, inputs: {x: '${steps.a.out}'}}, when: '${steps.b.ok}'}"
    ),
    [
      '4:16 runbook-bad-reference ${steps.b.out} later-step null',
      '4:34 runbook-bad-reference ${steps.a.out} later-step null',
      '6:30 runbook-bad-reference ${steps.a.out} not-here null',
      '7:16 runbook-bad-reference ${steps.e.out} many-steps null',
      '7:31 runbook-bad-reference ${steps.call.out} many-steps null',
      '8:63 runbook-bad-reference ${steps.a.out} not-here null',
      '8:89 runbook-bad-reference ${steps.b.ok} not-here null'
    ]
  ],
  [
    'a reference in a block that is folded',
    steps('  - run:', '      - echo', '      - >-', '        one $${x}', '        two ${inputs.aeg}'),
    ['8:13 runbook-bad-reference ${inputs.aeg} unknown-input ${inputs.age}']
  ],
  [
    'a reference that is repeated by an alias',
    steps("  - run: [a, &x '${inputs.age} ${inputs.aeg}']", '  - run: [a, *x]'),
    [
      '4:32 runbook-bad-reference ${inputs.aeg} unknown-input ${inputs.age}',
      '5:14 runbook-bad-reference ${inputs.aeg} unknown-input ${inputs.age}'
    ]
  ],
  [
    'a reference after the plain text of the same',
    steps("  - run: [a, '$${inputs.aeg} ${inputs.aeg} $$$${inputs.aeg}${inputs.aeg}']"),
    [
      '4:30 runbook-bad-reference ${inputs.aeg} unknown-input ${inputs.age}',
      '4:60 runbook-bad-reference ${inputs.aeg} unknown-input ${inputs.age}'
    ]
  ],
  [
    'a map that looks like what references become',
    steps('  - {use: runbook, with: {name: clean, inputs: {x: {type: template, parts: [x]}}}}'),
    ['4:52 runbook-bad-reference type: template unknown null']
  ]
])
