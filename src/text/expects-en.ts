import type {DetailedExpectation, Expectation, PlainExpectation} from '../base/expectations.ts'

export function expectsEn(expectation: Expectation): string {
  const [kind, detail = ''] = expectation.split(':', 2)
  return expectations[kind as keyof typeof expectations](detail)
}

const expectations: {readonly [Kind in PlainExpectation | DetailedExpectation]: (detail: string) => string} = {
  'secret-file': () => 'the path of a file with the secret in it, given to the setting that ends in _file',
  text: () => 'a text',
  'absolute-path': () => 'a path that begins with /',
  whole: (detail) => `a whole number from ${detail.replace('|', ' to ')}`,
  'one-of': (detail) => `one of ${detail.replaceAll('|', ', ')}`,
  duration: () => 'a duration with its unit, such as 10s or 1h30m',
  size: () => 'a size, such as 64MiB or 10GB',
  'size-between': (detail) => `a size from ${detail.replace('|', ' to ')}`,
  'range-count': () => 'a range of numbers, such as 10 or 5:',
  'range-percent': () => 'a range of percents, such as 20%: (alert below) or 80% (alert above)',
  'range-duration': () => 'a range of durations, such as 14d: (alert below) or 1h (alert above)',
  date: () => 'a day, such as 2026-12-01',
  'sender-name': () => '1 to 64 of the letters A-Z and a-z, digits, and . _ : -',
  endpoint: () => 'host:port, such as logs.example.com:443',
  list: () => 'a list',
  map: () => 'a map of names',
  section: () => 'a section with settings in it',
  record: () => 'a record with named fields',
  'key-value': () => 'a key and a value, such as checks.since=2h',
  'check-id': () => 'the id of a check; daily-check --list shows them',
  'plain-path': () => 'a whole path without detours (no /../ in it), such as /var/log/app.log',
  'script-path': () => 'the path of a script, such as ./collect.mjs (beside the runbook) or /opt/collect.mjs',
  program: () => 'a program, such as df, /usr/bin/df or ./df.sh (beside the runbook)',
  flag: () => 'true or false',
  'file-mode': () => 'permissions in quotes, such as "0640"',
  word: () => 'a text, and in quotes what YAML would change, such as "0640"',
  words: () => 'a program and its arguments, such as [df, -P]',
  environment: () => 'a map of variables, such as {LANG: C}',
  name: () => 'a name of small letters, digits, dots, dashes and underscores',
  'for-or-until': () => 'either for: or until:, and not both',
  unit: () => 'the name of a unit, such as logcaster.service',
  label: () => 'a name of small letters, digits, dashes and underscores',
  'filled-list': () => 'a list with at least one item',
  meaning: () => 'a text, or one for each language: {en: …, ko: …}',
  anything: () => 'any value',
  input: () => 'a type and what it is for, such as {type: whole, min: 1, max: 9, about: …}',
  reference: () => 'one reference to a list, such as ${facts.old}',
  condition: () => 'a condition, such as ${inputs.force} or ${inputs.mode} == full; what has blanks in it needs quotes',
  steps: () => 'a list of 1 to 500 steps'
}
