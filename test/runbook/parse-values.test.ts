import {testProblems} from './reading-runbooks.ts'

testProblems([
  [
    'inputs of every bad kind',
    'about: x\ninputs:\n  a.b: {type: text, about: x}\n  c: text\n  d: {type: txt, about: x}\n  e: {type: whole, min: 5, max: 1, about: x}\n  f: {type: choice, one_of: [], about: x}\n  g: {type: text, min: 1, about: x}\n  h: {type: size}\n  i: {type: duration, default: 7, about: x}\nsteps: [{run: [df]}]\n',
    [
      '3:3 config-bad-value inputs.a.b a.b label',
      '4:6 config-bad-value inputs.c text input',
      '5:13 config-bad-value inputs.d.type txt one-of:text|path|duration|size|flag|list|secret_file|whole|choice',
      '6:6 config-bad-value inputs.e {type: whole, min: 5, max: 1, about: x} input',
      '7:29 config-bad-value inputs.f.one_of [] filled-list',
      '8:19 runbook-unknown-key inputs.g.min null',
      '9:6 config-bad-value inputs.h.about null meaning',
      '10:32 config-bad-value inputs.i.default 7 duration'
    ]
  ],
  [
    'defaults that name what is not known then',
    "about: x\ninputs:\n  a: {type: text, about: x, default: '${inputs.b} ${config.path.logs}'}\n  b: {type: text, about: x, default: '${checks}'}\n  c: {type: list, about: x, default: [a, '${facts.f}', 5]}\nsteps: [{run: [df]}]\n",
    [
      '3:39 runbook-bad-reference ${inputs.b} not-here null',
      '3:51 runbook-bad-reference ${config.path.logs} unknown-setting ${config.paths.logs}',
      '4:39 runbook-bad-reference ${checks} unknown null',
      '5:43 runbook-bad-reference ${facts.f} not-here null',
      '5:56 config-bad-value inputs.c.default[2] 5 text'
    ]
  ],
  [
    'facts of every bad kind',
    "about: x\nfacts:\n  a: {use: files.fnd}\n  b: {use: files.find, with: {folder: logs}}\n  c: {with: {}}\n  d: files.find\n  E: {use: files.find, with: {folder: '${facts.f}/${steps.x.y}/${facts.a}${item}'}}\n  f: {use: [a], with: 5, x: 1}\nsteps: [{run: [df]}]\n",
    [
      '3:12 runbook-unknown-name fact-kind files.fnd files.find',
      '4:39 config-bad-value facts.b.with.folder logs plain-path',
      '5:6 config-bad-value facts.c.use null name',
      '6:6 config-bad-value facts.d files.find record',
      '7:3 config-bad-value facts.E E label',
      '7:40 runbook-bad-reference ${facts.f} unknown-fact ${facts.a}',
      '7:51 runbook-bad-reference ${steps.x.y} not-here null',
      '7:74 runbook-bad-reference ${item} no-item null',
      '8:12 config-bad-value facts.f.use [a] name',
      '8:26 runbook-unknown-key facts.f.x null'
    ]
  ]
])
