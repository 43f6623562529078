import {flagValue, hasFlag, languageOf} from './language.ts'
import type {Reading} from './lines.ts'

export const formats = ['text', 'json', 'nagios', 'junit'] as const
export type Format = (typeof formats)[number]

export interface Style {
  readonly format: Format
  readonly reading: Reading
}

interface Screen {
  readonly columns: number
  readonly hasColours: boolean
}

/**
 * How the answer is to be written, taken from the raw words: also a command line that cannot be parsed is answered in
 * the form and language it asked for.
 */
export function styleOf(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  screen: Screen
): Style {
  const asked = formats.find((format) => format === flagValue(argv, '--format'))
  return {
    format: hasFlag(argv, '--json') ? 'json' : (asked ?? 'text'),
    reading: {
      language: languageOf(argv, env),
      zone: hasFlag(argv, '--utc') ? 'utc' : 'local',
      columns: screen.columns,
      colours: screen.hasColours,
      detail: hasFlag(argv, '--quiet') ? 'quiet' : hasFlag(argv, '--verbose') ? 'verbose' : 'normal'
    }
  }
}
