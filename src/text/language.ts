export const languages = ['en', 'ko'] as const
export type Language = (typeof languages)[number]

/**
 * The language of sentences: `--lang`, else what the environment says for messages, else English. Codes, keys, numbers
 * and JSON never depend on it.
 */
export function languageOf(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Language {
  const asked = flagValue(argv, '--lang')
  const named = asked ?? env['LC_ALL'] ?? ''
  const spoken = named !== '' ? named : env['LC_MESSAGES'] || env['LANG'] || ''
  return /^ko(?![a-z])/i.test(spoken) ? 'ko' : 'en'
}

/** Looks for a flag before the arguments are parsed: also a command line that cannot be parsed is answered in the asked language. */
export function flagValue(argv: readonly string[], flag: string): string | undefined {
  const end = argv.indexOf('--')
  const flags = end === -1 ? argv : argv.slice(0, end)
  const at = flags.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`))
  const word = flags[at]
  if (word === undefined) return undefined
  return word === flag ? flags[at + 1] : word.slice(flag.length + 1)
}

export function hasFlag(argv: readonly string[], ...names: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).some((word) => names.includes(word))
}

/** Flags of every command that take the next word as their value. */
const valueFlags: readonly string[] = ['--config', '--set', '--lang', '--format']

/** The words that may name a command: neither flags nor what belongs to one. A leading `help` asks about the rest. */
export function commandWords(argv: readonly string[]): string[] {
  const words = bareWords(argv)
  return asksAbout(argv) ? words.slice(1) : words
}

export function asksForHelp(argv: readonly string[]): boolean {
  return argv.length === 0 || asksAbout(argv) || hasFlag(argv, '--help', '-h')
}

function asksAbout(argv: readonly string[]): boolean {
  return bareWords(argv)[0] === 'help'
}

function bareWords(argv: readonly string[]): string[] {
  return argv.filter((_, at) => isBare(argv, at))
}

function isBare(argv: readonly string[], at: number): boolean {
  return argv[at]?.startsWith('-') === false && !valueFlags.includes(argv[at - 1] ?? '')
}

/**
 * The known command that the words name, and all words but those of its name. Its own flags may stand before it, though
 * nobody knows them yet: a word behind a flag is passed over where it does not continue a command, any other ends the
 * search. Of two that could be meant it is the one of more words.
 */
export function splitCommand(
  argv: readonly string[],
  ids: readonly string[]
): {readonly id: string; readonly rest: readonly string[]} | undefined {
  // A leading `help` asks about the rest.
  const from = asksAbout(argv) ? argv.findIndex((word, at) => word === 'help' && isBare(argv, at)) + 1 : 0
  const longestFirst = ids.toSorted((left, right) => right.split(' ').length - left.split(' ').length)
  for (const id of longestFirst) {
    const places = placesOf(id.split(' '), argv, from)
    if (places !== undefined) return {id, rest: argv.filter((_, at) => !places.includes(at))}
  }
  return undefined
}

/** Where the words of a command stand, in their order. */
function placesOf([first, ...others]: readonly string[], argv: readonly string[], from: number): number[] | undefined {
  if (first === undefined) return []
  for (let at = from; at < argv.length; at += 1) {
    if (!isBare(argv, at)) continue
    const behind = argv[at] === first ? placesOf(others, argv, at + 1) : undefined
    if (behind !== undefined) return [at, ...behind]
    if (!/^--[^=]+$/.test(argv[at - 1] ?? '')) return undefined
  }
  return undefined
}
