import {Fault, reasonOf} from '../../base/fault.ts'
import {finding} from '../../base/findings.ts'
import {choice, flag, list, nullable, whole, type Kind, type Meaning} from '../../config/shape.ts'
import {readText} from '../../host/files.ts'
import type {Ran} from '../../host/processes.ts'
import type {Facts, ProgramFact, Subject} from '../facts.ts'
import {environment, filled, plainPath, withDefault, words} from '../fields.ts'
import {look} from '../look.ts'
import {needsNothing} from '../step.ts'
import type {Applied, Outlook, StepHost, StepKind, StepPlace, Undone, Work} from '../step.ts'
import {cutShort} from '../verdict.ts'
import {failureOf, outputsOf, shown, withoutSecrets} from './printed.ts'

/**
 * What the three kinds that run programs have in common. A value reaches a program as one word of its argv or as one
 * variable of its environment, never as text of a shell; how a step ended is decided by how its program ended, and by
 * whether what it was to create is there.
 */

export const programFields = {
  env: withDefault(environment(), new Map()),
  cwd: nullable(plainPath()),
  changes: withDefault(flag(), true),
  creates: nullable(plainPath()),
  undo: nullable(words()),
  risk: withDefault(choice('low', 'high'), 'low'),
  repeatable: withDefault(flag(), false),
  expect: withDefault(filled(list(whole({min: 0, max: 255}))), [0]),
  root: withDefault(flag(), false)
}

type ParsedBy<Fields> = {readonly [Key in keyof Fields]: Fields[Key] extends Kind<infer Value> ? Value : never}
export type ProgramInputs = ParsedBy<typeof programFields>

export interface Command {
  /** What has to be there: a program, or the script that an interpreter reads. */
  readonly word: string
  /** What is started, once it has been found at a path; undefined where its interpreter is not installed. */
  argv(path: string): readonly [string, ...string[]] | undefined
  /** Only read by an interpreter, so that nobody needs to be allowed to execute it. */
  readonly isScript: boolean
  /** For people: what is run, and with what. */
  readonly target: string
}

export interface ProgramKind<Inputs> {
  readonly name: string
  readonly about: Meaning
  readonly fields: Kind<Inputs>
  readonly commandOf: (inputs: Inputs) => Command
}

/** The kind of step that runs such commands. */
export function programKind<Inputs extends ProgramInputs>(kind: ProgramKind<Inputs>): StepKind<Inputs> {
  const {name, about, fields, commandOf} = kind
  return {
    name,
    about,
    fields,
    subjects: (inputs, at) => subjectsOf(commandOf(inputs), inputs, at),
    plan: (inputs, facts, at) => outlookOf(commandOf(inputs), inputs, {facts, at}),
    apply: (work) => applyCommand(commandOf(work.inputs), work),
    undo: (work) => undoCommand(work)
  }
}

/** The words of a command, run as they stand. */
export function commandOf(argv: readonly string[]): Command {
  const [program = '', ...rest] = argv
  return {word: program, argv: (path) => [path, ...rest], isScript: false, target: shown(argv)}
}

function programSubject({word, isScript}: Command, at: StepPlace): Subject {
  return {type: 'program', word, folder: at.folder, isScript}
}

function subjectsOf(command: Command, {creates, undo}: ProgramInputs, at: StepPlace): readonly Subject[] {
  const subjects = [programSubject(command, at)]
  if (undo !== null) subjects.push(programSubject(commandOf(undo), at))
  if (creates !== null) subjects.push({type: 'file', path: creates})
  return subjects
}

interface World {
  readonly facts: Facts
  readonly at: StepPlace
}

function outlookOf(command: Command, inputs: ProgramInputs, {facts, at}: World): Outlook {
  const {creates, undo} = inputs
  const {target} = command
  const created = creates === null ? undefined : facts.file(creates)
  if (creates !== null && created?.state === 'unreadable') {
    return {action: 'refuse', target, reasons: [new Fault('file-unreadable', {path: creates, reason: created.reason})]}
  }
  if (creates !== null && created?.state !== 'absent') {
    return {action: 'nothing', target, said: finding('step-created-already', {path: creates})}
  }
  const commands = undo === null ? [command] : [command, commandOf(undo)]
  const reasons = commands.flatMap((one) => obstacle(one, facts.program(one.word, at.folder)) ?? [])
  if (reasons.length > 0) return {action: 'refuse', target, reasons}
  const needs = {...needsNothing, root: inputs.root, programs: commands.map((one) => one.word)}
  if (!inputs.changes) return {action: 'look', target, said: finding('step-program-looks', {program: target}), needs}
  const {path: program} = facts.program(command.word, at.folder)
  return {
    action: 'change',
    target,
    said: finding('step-program-runs', {program: target}),
    before: creates === null ? {program} : {program, state: 'absent'},
    after: creates === null ? null : {state: 'present'},
    isReversible: undo !== null,
    isObservable: creates !== null,
    isRepeatable: inputs.repeatable,
    isOpaque: true,
    risk: inputs.risk,
    effects: [],
    needs
  }
}

/** Why the command cannot be run, or must not. */
function obstacle({word: program}: Command, fact: ProgramFact): Fault | undefined {
  switch (fact.state) {
    case 'found':
      return undefined
    case 'missing':
      return new Fault('program-missing', {program})
    case 'not-executable':
      return new Fault('program-not-executable', {path: fact.path})
    case 'unsafe':
      return new Fault('program-unsafe', {path: fact.path})
  }
}

async function applyCommand(command: Command, work: Work<ProgramInputs>): Promise<Applied> {
  const {creates, expect} = work.inputs
  const started = await start(command, work)
  if (started instanceof Fault) return {status: 'failed', fault: started, outputs: {values: {}}}
  const {ran, program} = started
  const outputs = outputsOf(ran)
  const failure = failureOf(program, ran, expect)
  if (failure !== undefined) return {status: 'failed', fault: failure, outputs}
  const missed = creates === null ? undefined : await missedBy(program, creates, work.host)
  return missed === undefined ? {status: 'done', outputs} : {status: 'failed', fault: missed, outputs}
}

async function missedBy(program: string, path: string, {disk}: Pick<StepHost, 'disk'>): Promise<Fault | undefined> {
  try {
    const created = await disk.lstat(path)
    return created === undefined ? new Fault('step-created-nothing', {program, path}) : undefined
  } catch (cause) {
    return new Fault('file-unreadable', {path, reason: reasonOf(cause)}, {cause})
  }
}

/** The runner calls it only when the step had begun. What the program did before it failed is for its `undo` to know. */
async function undoCommand(work: Work<ProgramInputs>): Promise<Undone> {
  const {undo} = work.inputs
  if (undo === null) return {status: 'failed', fault: new Fault('step-not-reversible', {})}
  const started = await start(commandOf(undo), work)
  if (started instanceof Fault) return {status: 'failed', fault: started}
  const failure = failureOf(started.program, started.ran, [0])
  return failure === undefined ? {status: 'undone'} : {status: 'failed', fault: failure}
}

interface Started {
  readonly ran: Ran
  /** As it is called in messages. */
  readonly program: string
}

/** Runs the very file that was looked at: a path of the step's own environment must not lead to another one. */
async function start(command: Command, work: Work<ProgramInputs>): Promise<Started | Fault> {
  const {inputs, at, host, signal, deadlineMs} = work
  if (signal.aborted) return cutShort(command.target, signal, 0)
  const facts = await look([programSubject(command, at)], host, signal)
  const fact = facts.program(command.word, at.folder)
  const wrong = obstacle(command, fact)
  if (wrong !== undefined) return wrong
  const argv = command.argv(fact.path)
  if (argv === undefined) return new Fault('program-missing', {program: 'zx'})
  const read = await readSecrets(inputs, host)
  if (read instanceof Fault) return read
  const env = {...read.env, LOGCASTER_RUN: at.run.id, LOGCASTER_STEP: String(at.number)}
  const ran = await host.processes.run(argv, {deadlineMs, signal, cwd: inputs.cwd ?? at.folder, env})
  return {ran: withoutSecrets(told(ran, signal), read.secrets), program: command.word}
}

/** The deadline of the step reaches a program twice, as its own and by the signal, and whichever came first names it. */
function told(ran: Ran, signal: AbortSignal): Ran {
  return ran.end.how === 'aborted' && signal.reason === 'deadline' ? {...ran, end: {how: 'deadline'}} : ran
}

interface ReadSecrets {
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
}

/** Keys and tokens are short; what is larger was not meant. */
const secretBytesMax = 1 << 16

async function readSecrets({env}: ProgramInputs, {disk}: Pick<StepHost, 'disk'>): Promise<ReadSecrets | Fault> {
  const values: Record<string, string> = {}
  const secrets: string[] = []
  for (const [name, value] of env) {
    if (typeof value === 'string') {
      values[name] = value
      continue
    }
    const secret = await readSecret(disk, value.secret_file)
    if (secret instanceof Fault) return secret
    values[name] = secret
    secrets.push(secret)
  }
  return {env: values, secrets}
}

async function readSecret(disk: StepHost['disk'], file: string): Promise<string | Fault> {
  try {
    // Editors and `echo` end the line; no secret does.
    const secret = (await readText(disk, file, secretBytesMax))?.replace(/\r?\n$/, '')
    if (secret !== undefined && secret !== '') return secret
    return new Fault('file-unreadable', {path: file, reason: secret === undefined ? 'ENOENT' : 'empty'})
  } catch (cause) {
    return new Fault('file-unreadable', {path: file, reason: reasonOf(cause)}, {cause})
  }
}
