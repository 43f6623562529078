import {flow} from './flow.ts'
import {formOf} from './form.ts'
import {schema} from './schema.ts'
import type {AnySection, Meaning, Setting} from './shape.ts'
import {withSecretFiles} from './table.ts'

export type Language = keyof Meaning

/**
 * A configuration file that sets nothing: every setting stands in it at its default, commented out. Prose has a blank
 * after its `#` and settings have none, so taking away the `#` in front of a setting is all it takes to change it.
 */
export function example(language: Language, shape: AnySection = schema): string {
  const lines = [
    ...preface[language].map((line) => `# ${line}`.trimEnd()),
    ...sectionLines(withSecretFiles(shape), language, '')
  ]
  return `${lines.join('\n')}\n`
}

const preface = {
  en: [
    'The configuration of logcaster. Every setting is here, at its default.',
    'To change one, take the # in front of it away and write your value; see the result with: logcaster config show',
    '',
    'In parentheses: what a value looks like.',
    '  duration        10s, 1h30m, 7d',
    '  size            64MiB, 10GB',
    "  range-…         when to alert: '80%' above 80, '20%:' below 20, '10:20' outside, '@10:20' inside, null never.",
    '                  Ranges need quotes: a colon at the end means something else to YAML.',
    '  endpoint        logs.example.com:443',
    '  check-id        the id of a check; logcaster daily-check --list shows them. In profiles also disk.*'
  ],
  ko: [
    'logcaster 설정 파일. 모든 설정이 기본값으로 들어 있습니다.',
    '바꾸려면 설정 앞의 # 을 지우고 값을 쓰세요. 결과 확인: logcaster config show',
    '',
    '괄호 안은 값의 형식입니다.',
    '  duration        10s, 1h30m, 7d',
    '  size            64MiB, 10GB',
    "  range-…         알릴 조건: '80%' 80 초과, '20%:' 20 미만, '10:20' 범위 밖, '@10:20' 범위 안, null 알리지 않음.",
    '                  범위는 따옴표로 묶으세요. 끝의 콜론은 YAML에서 다른 뜻이 됩니다.',
    '  endpoint        logs.example.com:443',
    '  check-id        점검 id. 목록: logcaster daily-check --list. 프로필에는 disk.* 도 쓸 수 있습니다.'
  ]
} as const satisfies Readonly<Record<Language, readonly string[]>>

function sectionLines(shape: AnySection, language: Language, indent: string): readonly string[] {
  return Object.entries(shape.fields).flatMap(([name, node]) => {
    if (node.type === 'setting') return settingLines(name, node, {language, indent})
    const heading = ['', `${indent}# ${node.about[language]}`, `${indent}${flow(name)}:`]
    return [...heading, ...sectionLines(node, language, `${indent}  `)]
  })
}

function settingLines(
  name: string,
  setting: Setting<unknown>,
  {language, indent}: {language: Language; indent: string}
): readonly string[] {
  // Only the file that holds a secret can be named here.
  if (setting.isSecret) return []
  const written = flow(setting.kind.write(setting.fallback))
  return [`${indent}# ${setting.about[language]} (${formOf(setting.kind)})`, `${indent}#${flow(name)}: ${written}`]
}
