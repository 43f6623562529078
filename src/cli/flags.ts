import {boolean, custom} from '@oclif/core/flags'
import type {BooleanFlag, OptionFlag} from '@oclif/core/interfaces'
import {Fault} from '../base/fault.ts'
import {choice, duration, readText, whole, type Kind} from '../config/shape.ts'
import {languages, type Language} from '../text/language.ts'
import {formats, type Format} from '../text/style.ts'

/** Flags whose values are of the kinds that settings are made of, so that both refuse in the same words. */
export function reader<Value>(kind: Kind<Value>, name: string): (text: string) => Promise<Value> {
  return (text) => {
    const value = kind.parse(readText(kind, text))
    if (value !== undefined) return Promise.resolve(value)
    return Promise.reject(new Fault('usage-bad-value', {flag: `--${name}`, value: text, expected: kind.expects}))
  }
}

export function durationFlag(name: string, summary: string): OptionFlag<number | undefined> {
  const kind = duration()
  // No time at all would look back on nothing, or wait for nothing, and call that a result.
  const some = {...kind, parse: (raw: unknown): number | undefined => kind.parse(raw) || undefined}
  return custom<number>({summary, helpValue: 'TIME', parse: reader(some, name)})()
}

export function languageFlag(): OptionFlag<Language | undefined> {
  const summary = 'Language of the answer'
  return custom<Language>({summary, helpValue: languages.join('|'), parse: reader(choice(...languages), 'lang')})()
}

export function formatFlag(): OptionFlag<Format | undefined> {
  const summary = 'Form of the answer'
  return custom<Format>({summary, helpValue: formats.join('|'), parse: reader(choice(...formats), 'format')})()
}

export function countFlag(name: string, summary: string): OptionFlag<number | undefined> {
  return custom<number>({summary, helpValue: 'N', parse: reader(whole({min: 1, max: 1_000_000}), name)})()
}

/** Of every command that changes something: a word given beforehand, and how long to wait for whoever is at it. */
export function consentFlags(): {readonly yes: BooleanFlag<boolean>; readonly wait: OptionFlag<number | undefined>} {
  return {
    yes: boolean({summary: 'Do not ask before what interrupts the service or cannot be put back'}),
    wait: durationFlag('wait', 'Wait so long for a lock that another run holds')
  }
}
