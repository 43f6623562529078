/**
 * Writes the files that follow from the code; with `--check` it writes nothing and fails when one of them is stale.
 * Usage: node scripts/generate.ts [--check]
 */
import {readFileSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {exits} from '../src/base/exits.ts'
import {faults, type FaultCode} from '../src/base/faults.ts'
import {helpPages} from '../src/cli/help.ts'
import {commands} from '../src/cli/main.ts'
import {example} from '../src/config/example.ts'
import {flow} from '../src/config/flow.ts'
import {formOf} from '../src/config/form.ts'
import type {Kind} from '../src/config/shape.ts'
import {settings, type Entry} from '../src/config/table.ts'
import {callKind} from '../src/runbook/action.ts'
import {callFields, kinds, readings} from '../src/runbook/kinds.ts'
import {en} from '../src/text/en.ts'
import {expectsEn} from '../src/text/expects-en.ts'
import type {Writing} from '../src/text/say.ts'
import {choicesOfFaults} from './fault-words.ts'

interface Generated {
  /** From the root of the repository. */
  readonly path: string
  content(): string
}

const helpOfAll = await helpPages(commands, 'en')
const choices = choicesOfFaults()

/** Every command with every flag, as `--help` prints it: a change of the command line shows in the diff of this page. */
function commandsPage(): string {
  const pages = Object.entries(helpOfAll).filter(([topic]) => topic in commands)
  const sections = pages.map(([topic, help]) => `## ${topic}\n\n\`\`\`\n${help.trimEnd()}\n\`\`\`\n`)
  return `# Commands\n\nGenerated from the commands themselves by \`npm run generate\`.\n\n${sections.join('\n')}`
}

function faultsPage(): string {
  return `# Faults

Generated from \`src/base/faults.ts\` and \`src/text/faults-en.ts\` by \`npm run generate\`. In JSON a fault has its code, its
values, the English sentence and the hint. The exit code is the one of an action; a check that meets a fault ends with 3.
A word under a code is the value that its sentence follows from.

| code | exit | sentence and hint |
|---|---|---|
${(Object.keys(faults) as FaultCode[]).map(faultRows).join('\n')}
`
}

/** One row for each of its sentences, where a word among its values chooses one. */
function faultRows(code: FaultCode): string {
  const {value, words} = choices.get(code) ?? {value: '', words: [undefined]}
  return words.map((word) => faultRow(code, word === undefined ? {} : {[value]: word})).join('\n')
}

function faultRow(code: FaultCode, chosen: Readonly<Record<string, string>>): string {
  const {text, hint} = en.faults[code](placeholders(chosen) as never, placeholderWriting)
  const [word] = Object.values(chosen)
  const name = word === undefined ? `\`${code}\`` : `\`${code}\`<br>${word}`
  return `| ${name} | ${exits[faults[code].exit]} | ${escaped(text)}<br>${escaped(hint)} |`
}

/** Stands for the values of any fault: each is its own name. What is expected has to be one of the known words. */
function placeholders(chosen: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const known: Readonly<Record<string, string>> = {expected: 'text', ...chosen}
  return new Proxy<Record<string, string>>({}, {get: (_, name) => known[String(name)] ?? `{${String(name)}}`})
}

const placeholderWriting: Writing = {
  time: String,
  duration: String,
  size: String,
  number: String,
  word: String
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

function settingsPage(): string {
  return `# Settings

Generated from \`src/config/schema.ts\` by \`npm run generate\`: change it there.

A value comes from the default, the configuration file, the environment or \`--set KEY=VALUE\`; the later of these wins.
\`logcaster config show\` tells each value and where it came from. In the file a key is nested: \`checks.disk.space.warning\`
is \`warning\` under \`disk.space\` under \`checks\`. In the environment and after \`--set\`, a list is written \`a,b\`, lists of
more than words and maps as JSON, and nothing at all stands for \`null\`.

| key | value | default | environment | meaning |
|---|---|---|---|---|
${settings().map(settingRow).join('\n')}

How values are written:

| value | examples |
|---|---|
| \`duration\` | \`10s\`, \`1h30m\`, \`7d\` |
| \`size\` | \`64MiB\`, \`10GB\`, \`512\` (bytes) |
| \`range-…\` | \`80%\` alerts above 80, \`'20%:'\` below 20, \`'10:20'\` outside, \`'@10:20'\` inside, \`null\` never. In the file, in quotes |
| \`endpoint\` | \`logs.example.com:443\`, \`'[::1]:8443'\` |
| \`check-id\` | \`disk.space\`; in profiles also \`disk.*\` |
| \`date\` | \`2026-12-01\` |
| \`secret\` | neither in the file nor after \`--set\`: in the environment, as a systemd credential named by the key, or in the file that \`…_file\` names |
`
}

function settingRow({key, setting, environment}: Entry): string {
  const value = setting.isSecret ? 'secret' : formOf(setting.kind).replaceAll('|', '\\|')
  const fallback = flow(setting.kind.write(setting.fallback))
  return `| \`${key}\` | \`${value}\` | \`${fallback}\` | \`${environment}\` | ${setting.about.en} |`
}

function stepsPage(): string {
  return `# Steps and facts

Generated from \`src/runbook/steps/\` and \`src/runbook/readings/\` by \`npm run generate\`. How they stand in a runbook, and
what every step can have besides: [runbooks.md](runbooks.md).

## Steps

\`use:\` names the kind, \`with:\` holds its fields. \`run: [df, -P]\`, \`sh: df -P\` and \`zx: ./disk.mjs\` are short for the first
field of these three; the others still stand in \`with:\`.

${kinds.map(({name, about, fields}) => kindSection(name, about.en, fields)).join('\n')}
${kindSection(callKind, 'Stands for the steps of another runbook', callFields)}
## Facts

Under \`facts:\`, each with a name of its own: they are read before anything is planned, and change nothing.

${readings.map(({name, about, fields}) => kindSection(name, about.en, fields)).join('\n')}`
}

function kindSection(name: string, about: string, kind: Kind<unknown>): string {
  const whole = kind.expects === 'record' ? '' : ` It takes ${expectsEn(kind.expects)}.`
  return `### ${name}

${about}.${whole}

| field | takes | unless given |
|---|---|---|
${Object.entries(kind.fields ?? {})
  .map(([field, one]) => `| \`${field}\` | ${escaped(takenBy(one))} | ${fallbackOf(one)} |`)
  .join('\n')}
`
}

function takenBy({expects, items}: Kind<unknown>): string {
  const isPlainList = expects === 'list' || expects === 'filled-list'
  return expectsEn(expects) + (isPlainList && items !== undefined ? `; each item: ${expectsEn(items.expects)}` : '')
}

function fallbackOf(kind: Kind<unknown>): string {
  const fallback = kind.parse(null)
  if (fallback === undefined) return 'refused'
  return fallback === null ? '–' : `\`${flow(kind.write(fallback))}\``
}

function pathOf(file: Generated): string {
  return fileURLToPath(new URL(`../${file.path}`, import.meta.url))
}

function isStale(file: Generated): boolean {
  try {
    return readFileSync(pathOf(file), 'utf8') !== file.content()
  } catch {
    // Not there, or not readable: either way it is not what it should be.
    return true
  }
}

const files: readonly Generated[] = [
  {path: 'templates/logcaster.example.yaml', content: () => example('en')},
  {path: 'docs/settings.md', content: settingsPage},
  {path: 'docs/faults.md', content: faultsPage},
  {path: 'docs/commands.md', content: commandsPage},
  {path: 'docs/steps.md', content: stepsPage}
]

const stale = files.filter(isStale)
if (process.argv.includes('--check')) {
  for (const {path} of stale) process.stderr.write(`stale: ${path} (run: npm run generate)\n`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  for (const file of stale) writeFileSync(pathOf(file), file.content())
}
