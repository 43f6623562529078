import type {FaultValues} from '../base/faults.ts'
import {expectsEn} from './expects-en.ts'
import type {Catalogue} from './say.ts'

const suggest = (word: string | null): string => (word === null ? '' : `Did you mean ${word}? `)

const things = {
  step: {one: 'step', all: 'A step can only need one of the same runbook.'},
  'step-kind': {one: 'kind of step', all: 'docs/steps.md describes them all.'},
  'fact-kind': {one: 'kind of fact', all: 'docs/steps.md describes them all.'},
  runbook: {one: 'runbook', all: 'logcaster runbook list shows all.'}
} as const

const badReferences: Readonly<Record<FaultValues<'runbook-bad-reference'>['why'], readonly [string, string]>> = {
  unclosed: ['has no } at its end', 'Close it, or write $${ for a plain ${.'],
  unknown: [
    'is no reference',
    'There are ${inputs.NAME}, ${config.KEY}, ${facts.NAME}, ${steps.ID.KEY} and ${item}; a plain ${ is written $${.'
  ],
  'unknown-input': ['names an input that this runbook does not have', 'Declare it under inputs.'],
  'unknown-setting': ['names a setting that does not exist', 'logcaster config show lists all settings.'],
  'unknown-fact': ['names a fact that is not read before', 'Declare it under facts, before those that use it.'],
  'unknown-step': ['names a step that this runbook does not have', 'Give the step that is meant this id.'],
  secret: ['is a secret', 'Give the program the file that holds it: env: {NAME: {secret_file: /path}}.'],
  'not-here': [
    'is not known yet when this is needed',
    'Defaults take only ${config.KEY}; facts, each and called runbooks nothing that steps give.'
  ],
  'no-item': ['stands in a step without each', 'Give the step a list: each: ${facts.NAME}.'],
  'later-step': ['names a step that comes later', 'Put that step first, or name it under needs.'],
  'many-steps': ['names what becomes several steps, none of which it could mean', 'Refer to a single step.']
}

const noValues: Readonly<Record<FaultValues<'runbook-no-value'>['why'], readonly [string, string]>> = {
  missing: ['has no value', 'Set it where it comes from, or leave the step out with when.'],
  'not-text': ['is a list or a record, which cannot be part of a text', 'Name one part of it, or use it alone.'],
  'not-flag': ['is neither true nor false', 'Compare it with something: == or !=.'],
  template: ['holds what looks like a template, and data is never filled in', 'Change the data that it comes from.']
}

/** What is wrong with a runbook, or with what it is given. */
export const runbookFaultsEn = {
  'runbook-unknown-key': ({file, line, column, key, nearest}) => ({
    text: `${file}:${line}:${column}: a runbook has no ${key}.`,
    hint: `${suggest(nearest)}docs/runbooks.md describes every key.`
  }),
  'runbook-unknown-name': ({file, line, column, thing, name, nearest}) => ({
    text: `${file}:${line}:${column}: there is no ${things[thing].one} "${name}".`,
    hint: `${suggest(nearest)}${things[thing].all}`
  }),
  'runbook-duplicate-id': ({file, line, column, id}) => ({
    text: `${file}:${line}:${column}: a second step is called ${id}.`,
    hint: 'Give each step an id of its own.'
  }),
  'runbook-cycle': ({file, line, column, cycle}) => ({
    text: `${file}:${line}:${column}: steps wait for each other: ${cycle}.`,
    hint: 'Take one of these needs away.'
  }),
  'runbook-not-one-kind': ({file, line, column, found}) => ({
    text:
      found === ''
        ? `${file}:${line}:${column}: this step does nothing.`
        : `${file}:${line}:${column}: this step does several things: ${found}.`,
    hint: 'A step has exactly one of use, run, sh and zx.'
  }),
  'runbook-bad-reference': ({file, line, column, reference, why, nearest}) => ({
    text: `${file}:${line}:${column}: ${reference} ${badReferences[why][0]}.`,
    hint: `${suggest(nearest)}${badReferences[why][1]}`
  }),
  'runbook-fixed-text': ({file, line, column, reference}) => ({
    text: `${file}:${line}:${column}: ${reference} may not stand in what is run.`,
    hint: 'Give the value in env and use the variable, or give it as an argument; which program runs is written out.'
  }),
  'runbook-unknown': ({name, nearest}) => ({
    text: `There is no runbook "${name}".`,
    hint: `${suggest(nearest)}logcaster runbook list shows all; a path has a slash in it, such as folder/my.yaml.`
  }),
  'runbook-name-twice': ({name, path, other}) => ({
    text: `Two runbooks are called ${name}: ${path} and ${other}.`,
    hint: 'Rename one of the two: neither silently takes the place of the other.'
  }),
  'runbook-bad-name': ({path}) => ({
    text: `${path} has a name that no runbook can have.`,
    hint: 'Call it something like clean-up.yaml: small letters, digits, dots, dashes and underscores.'
  }),
  'runbook-unreadable': ({path, reason}, write) => ({
    text: `The runbook ${path} cannot be read: ${reason}.`,
    hint: `Look at it with: ls -ld ${write.word(path)}`
  }),
  'runbook-unsafe': ({path, reason, owner, mode}, write) => ({
    text:
      reason === 'owner'
        ? `${path} belongs to user ${owner}, who could change what the runbook does.`
        : `${path} can be written by others (mode ${mode}), who could change what the runbook does.`,
    hint:
      reason === 'owner'
        ? 'Look at the runbook, and keep what is right in a folder where only you and root can write.'
        : `Look at the runbook, then: sudo chmod go-w ${write.word(path)}`
  }),
  'runbook-unknown-input': ({input, nearest}) => ({
    text: `The runbook has no input ${input}.`,
    hint: `${suggest(nearest)}logcaster runbook show NAME lists its inputs.`
  }),
  'runbook-bad-input': ({input, value, expected}) => ({
    text: `The input ${input} cannot be ${value}.`,
    hint: `It takes ${expectsEn(expected)}.`
  }),
  'runbook-missing-input': ({input, expected, setting}) => ({
    text: `The input ${input} has no value.`,
    hint: `Give it with --input ${input}=VALUE${setting === null ? '' : `, or set ${setting}`}. It takes ${expectsEn(expected)}.`
  }),
  'runbook-no-value': ({reference, why}) => ({
    text: `${reference} ${noValues[why][0]}.`,
    hint: noValues[why][1]
  })
} satisfies Partial<Catalogue['faults']>
