import {Faults} from '../base/fault.ts'
import type {Report} from '../base/report.ts'
import type {World} from '../cli.ts'
import {flow} from '../config/flow.ts'
import {runRunbook, type RunRequest} from '../runbook/run.ts'
import type {InputSpec, Runbook} from '../runbook/runbook.ts'
import {writtenRaw} from '../runbook/shelf.ts'
import {plain, terms, wrap} from '../text/columns.ts'
import type {SceneFlags} from './scene.ts'
import {openWorkplace} from './workplace.ts'

/** `runbook list`: one that cannot be read is told beside those that can. */
export async function listRunbooks(world: World, flags: SceneFlags): Promise<Report> {
  const {shelf} = await openWorkplace(flags, world)
  const {runbooks, faults} = await shelf.readAll()
  const {language, columns} = world.style.reading
  return {
    ...bare('runbook list'),
    warnings: [...faults, ...shelf.warnings()],
    body: {
      lines: terms(
        runbooks.map(({name, about}) => [name, about[language]]),
        columns
      ),
      fields: {runbooks: runbooks.map(({name, path, about}) => ({name, path, about: about.en}))}
    }
  }
}

export async function showRunbook(world: World, flags: SceneFlags, name: string): Promise<Report> {
  const {shelf} = await openWorkplace(flags, world)
  const runbook = await shelf.read(name)
  const {language, columns} = world.style.reading
  const inputs = runbook.inputs.map((input) => inputTerm(input, language))
  const steps = runbook.steps.map(({id, use, about}): [string, string] => [`${id} (${use})`, about?.[language] ?? ''])
  return {
    ...bare('runbook show'),
    warnings: shelf.warnings(),
    body: {
      lines: [
        ...wrap(`${runbook.name}: ${plain(runbook.about[language])}`, columns),
        ...terms(inputs, columns - 2).map((line) => `  ${line}`),
        ...terms(steps, columns - 2).map((line) => `  ${line}`)
      ],
      fields: fieldsOf(runbook)
    }
  }
}

/** `runbook check`: all problems of one, or of all. */
export async function checkRunbooks(world: World, flags: SceneFlags, name: string | undefined): Promise<Report> {
  const {shelf} = await openWorkplace(flags, world)
  const found = name === undefined ? await shelf.readAll() : {runbooks: [await shelf.read(name)], faults: []}
  const {runbooks, faults} = found
  if (faults.length > 0) throw new Faults(faults)
  const lines = runbooks.map(({path}) => `${plain(path)}: ok`)
  const body = {lines, fields: {runbooks: runbooks.map(({path}) => path)}}
  return {...bare('runbook check'), status: 'done', warnings: shelf.warnings(), body}
}

export async function startRunbook(world: World, flags: SceneFlags, request: RunRequest): Promise<Report> {
  return runRunbook(await openWorkplace(flags, world), request)
}

/** What to type, and what it means; the type in short, since a wrong value is told in full. */
function inputTerm({name, typeName, fallback, about}: InputSpec, language: 'en' | 'ko'): [string, string] {
  const given = fallback === undefined ? '' : ` [${flow(writtenRaw(fallback))}]`
  const [, choices] = /^one of: (.*)$/s.exec(typeName) ?? []
  const value = choices?.replaceAll(', ', '|') ?? typeName.replace(/ .*/s, '').toUpperCase()
  return [`--input ${name}=${value}`, about[language] + given]
}

function fieldsOf(runbook: Runbook): Readonly<Record<string, unknown>> {
  const {name, path, about, inputs, locks, steps, timeoutMs, onFailure} = runbook
  return {
    name,
    path,
    about,
    inputs: inputs.map((input) => ({
      name: input.name,
      type: input.typeName,
      default: input.fallback === undefined ? null : writtenRaw(input.fallback),
      about: input.about
    })),
    locks,
    timeout_ms: timeoutMs,
    on_failure: onFailure,
    steps: steps.map(({id, use, needs}) => ({id, use, needs}))
  }
}

function bare(command: string): Report {
  return {command, status: 'nothing', changed: [], checks: [], warnings: [], errors: []}
}
