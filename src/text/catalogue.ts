import {en} from './en.ts'
import {ko} from './ko.ts'
import type {Language} from './language.ts'
import type {Catalogue} from './say.ts'

export function catalogueOf(language: Language): Catalogue {
  return language === 'ko' ? ko : en
}
