import type {FaultCode, FaultValues} from '../../src/base/faults.ts'

type Samples<Values> = readonly [Values, ...Values[]]
type Told = Exclude<Extract<FaultCode, `runbook-${string}`>, 'runbook-bad-fact'>

const place = {file: '/etc/logcaster/runbooks/clean.yaml', line: 12, column: 7}

/** Of what is wrong with the text of a runbook, or with what it is given. */
export const runbookSamples: {readonly [Code in Told]: Samples<FaultValues<Code>>} = {
  'runbook-unknown-key': [
    {...place, key: 'steps[0].wit', nearest: 'steps[0].with'},
    {...place, key: 'moon', nearest: null}
  ],
  'runbook-unknown-name': [
    {...place, thing: 'step', name: 'mve', nearest: 'move'},
    {...place, thing: 'step', name: 'moon', nearest: null},
    {...place, thing: 'step-kind', name: 'file.mvoe', nearest: 'file.move'},
    {...place, thing: 'fact-kind', name: 'files.fnd', nearest: 'files.find'},
    {...place, thing: 'runbook', name: 'free-spce', nearest: 'free-space'}
  ],
  'runbook-duplicate-id': [{...place, id: 'move'}],
  'runbook-cycle': [{...place, cycle: 'a → b → a'}],
  'runbook-not-one-kind': [
    {...place, found: ''},
    {...place, found: 'run, sh'}
  ],
  'runbook-bad-reference': [
    {...place, reference: '${inputs.ag', why: 'unclosed', nearest: null},
    {...place, reference: '${HOME}', why: 'unknown', nearest: null},
    {...place, reference: '${inputs.ag}', why: 'unknown-input', nearest: '${inputs.age}'},
    {...place, reference: '${inputs.moon}', why: 'unknown-input', nearest: null},
    {...place, reference: '${config.path.logs}', why: 'unknown-setting', nearest: '${config.paths.logs}'},
    {...place, reference: '${facts.odl}', why: 'unknown-fact', nearest: '${facts.old}'},
    {...place, reference: '${steps.lok.code}', why: 'unknown-step', nearest: '${steps.look.code}'},
    {...place, reference: '${config.checks.ping_url}', why: 'secret', nearest: null},
    {...place, reference: '${steps.look.code}', why: 'not-here', nearest: null},
    {...place, reference: '${item}', why: 'no-item', nearest: null},
    {...place, reference: '${steps.look.code}', why: 'later-step', nearest: null},
    {...place, reference: '${steps.look.code}', why: 'many-steps', nearest: null}
  ],
  'runbook-fixed-text': [{...place, reference: '${inputs.age}'}],
  'runbook-unknown': [
    {name: 'free-spce', nearest: 'free-space'},
    {name: 'moon', nearest: null}
  ],
  'runbook-name-twice': [{name: 'free-space', path: '/usr/a/free-space.yaml', other: '/etc/b/free-space.yaml'}],
  'runbook-bad-name': [{path: '/etc/b/Free Space.yaml'}],
  'runbook-unreadable': [{path: '/etc/b/free-space.yaml', reason: 'EACCES'}],
  'runbook-unsafe': [
    {path: '/etc/b', reason: 'owner', owner: 1007, mode: '0755'},
    {path: '/etc/b', reason: 'mode', owner: 0, mode: '0777'}
  ],
  'runbook-unknown-input': [
    {input: 'unt', nearest: 'unit'},
    {input: 'moon', nearest: null}
  ],
  'runbook-bad-input': [{input: 'age', value: 'long', expected: 'duration'}],
  'runbook-missing-input': [
    {input: 'unit', expected: 'text', setting: 'service.unit'},
    {input: 'unit', expected: 'text', setting: null}
  ],
  'runbook-no-value': [
    {reference: '${facts.old}', why: 'missing'},
    {reference: '${facts.old}', why: 'not-text'},
    {reference: '${facts.old}', why: 'not-flag'},
    {reference: '${facts.old}', why: 'template'}
  ]
}
