import {padEnd, widthOf, wrap} from './columns.ts'
import {catalogueOf} from './catalogue.ts'
import type {Language} from './language.ts'

/** What a command says of itself. `flags` and `args` are in the order in which they are shown. */
export interface CommandPage {
  readonly id: string
  readonly summary: string
  readonly description: string
  readonly examples: readonly Example[]
  readonly args: readonly Argument[]
  readonly flags: readonly FlagPage[]
}

export interface Example {
  readonly about: string
  readonly command: string
}

export interface Argument {
  readonly name: string
  readonly about: string
  readonly required: boolean
}

export interface FlagPage {
  readonly name: string
  /** What its value is called; null for a switch. */
  readonly value: string | null
  readonly about: string
  /** One letter that stands for it. */
  readonly letter?: string
}

const columns = 80

export function commandHelp(page: CommandPage, language: Language): string {
  const {words} = catalogueOf(language)
  const args = page.args.map((arg) => (arg.required ? ` ${arg.name}` : ` [${arg.name}]`)).join('')
  const blocks: string[][] = [
    wrap(page.summary, columns),
    [`${words.usage}: logcaster ${page.id}${args} [--flags]`],
    ...(page.description === '' ? [] : [page.description.split('\n').flatMap((line) => wrap(line, columns))]),
    [`${words.examples}:`, ...page.examples.flatMap((one) => [`  # ${one.about}`, `  ${one.command}`])],
    ...table(
      words.arguments,
      page.args.map((arg) => [arg.name, arg.about])
    ),
    ...table(
      words.flags,
      page.flags.map((flag) => [flagLabel(flag), flag.about])
    )
  ]
  return blocks.map((lines) => lines.join('\n')).join('\n\n') + '\n'
}

export function overview(about: string, pages: readonly CommandPage[], language: Language): string {
  const {words} = catalogueOf(language)
  const blocks = [
    wrap(about, columns),
    [`${words.usage}: logcaster COMMAND [--flags]`],
    ...table(
      words.commands,
      pages.map((page) => [page.id, page.summary])
    ),
    [words.moreHelp('logcaster')]
  ]
  return blocks.map((lines) => lines.join('\n')).join('\n\n') + '\n'
}

function flagLabel({name, value, letter}: FlagPage): string {
  const names = letter === undefined ? `--${name}` : `-${letter}, --${name}`
  return value === null ? names : `${names} ${value}`
}

function table(title: string, rows: readonly (readonly [string, string])[]): string[][] {
  if (rows.length === 0) return []
  const width = Math.max(...rows.map(([label]) => widthOf(label)))
  const lines = rows.flatMap(([label, about]) =>
    wrap(about, columns - width - 4).map((line, at) => `  ${padEnd(at === 0 ? label : '', width)}  ${line}`)
  )
  return [[`${title}:`, ...lines]]
}
