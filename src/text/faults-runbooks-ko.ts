import type {FaultValues} from '../base/faults.ts'
import {expectsKo} from './expects-ko.ts'
import type {Catalogue} from './say.ts'

const suggest = (word: string | null): string => (word === null ? '' : `혹시 ${word} 인가요? `)

const things = {
  step: {one: '단계는', all: '같은 런북의 단계만 needs 에 쓸 수 있습니다.'},
  'step-kind': {one: '단계 종류는', all: '모두 docs/steps.md 에 있습니다.'},
  'fact-kind': {one: '사실 종류는', all: '모두 docs/steps.md 에 있습니다.'},
  runbook: {one: '런북은', all: 'logcaster runbook list 로 모두 볼 수 있습니다.'}
} as const

const badReferences: Readonly<Record<FaultValues<'runbook-bad-reference'>['why'], readonly [string, string]>> = {
  unclosed: ['끝에 } 이(가) 없습니다', '닫거나, 글자 그대로의 ${ 는 $${ 로 쓰세요.'],
  unknown: [
    '참조가 아닙니다',
    '쓸 수 있는 것: ${inputs.NAME}, ${config.KEY}, ${facts.NAME}, ${steps.ID.KEY}, ${item}; 글자 그대로의 ${ 는 $${.'
  ],
  'unknown-input': ['이 런북에 없는 입력을 가리킵니다', 'inputs 아래에 선언하세요.'],
  'unknown-setting': ['없는 설정을 가리킵니다', 'logcaster config show 로 모든 설정을 볼 수 있습니다.'],
  'unknown-fact': ['그 전에 읽지 않은 사실을 가리킵니다', 'facts 아래, 쓰는 곳보다 앞에 선언하세요.'],
  'unknown-step': ['이 런북에 없는 단계를 가리킵니다', '가리키려는 단계에 이 id 를 붙이세요.'],
  secret: ['비밀 값입니다', '값이 든 파일을 프로그램에 넘기세요: env: {NAME: {secret_file: /path}}.'],
  'not-here': [
    '필요한 때에 아직 알 수 없습니다',
    '기본값에는 ${config.KEY} 만, facts 와 each 와 다른 런북 호출에는 단계의 결과를 쓸 수 없습니다.'
  ],
  'no-item': ['each 가 없는 단계에 있습니다', '단계에 목록을 주세요: each: ${facts.NAME}.'],
  'later-step': ['뒤에 오는 단계를 가리킵니다', '그 단계를 앞에 두거나 needs 에 쓰세요.'],
  'many-steps': ['여러 단계가 되는 것을 가리켜 어느 것인지 알 수 없습니다', '단계 하나를 가리키세요.']
}

const noValues: Readonly<Record<FaultValues<'runbook-no-value'>['why'], readonly [string, string]>> = {
  missing: ['값이 없습니다', '값이 오는 곳에서 정하거나, when 으로 그 단계를 빼세요.'],
  'not-text': ['목록이나 묶음이라 글의 일부가 될 수 없습니다', '그 가운데 하나를 가리키거나 따로 쓰세요.'],
  'not-flag': ['true 도 false 도 아닙니다', '== 또는 != 로 비교하세요.'],
  template: ['템플릿처럼 보이는 것이 들어 있는데, 데이터는 다시 채우지 않습니다', '값이 나오는 데이터를 바꾸세요.']
}

/** What is wrong with a runbook, or with what it is given. */
export const runbookFaultsKo = {
  'runbook-unknown-key': ({file, line, column, key, nearest}) => ({
    text: `${file}:${line}:${column}: 런북에 ${key} 라는 항목은 없습니다.`,
    hint: `${suggest(nearest)}모든 항목은 docs/runbooks.md 에 있습니다.`
  }),
  'runbook-unknown-name': ({file, line, column, thing, name, nearest}) => ({
    text: `${file}:${line}:${column}: "${name}" ${things[thing].one} 없습니다.`,
    hint: `${suggest(nearest)}${things[thing].all}`
  }),
  'runbook-duplicate-id': ({file, line, column, id}) => ({
    text: `${file}:${line}:${column}: ${id} 라는 단계가 이미 있습니다.`,
    hint: '단계마다 다른 id 를 붙이세요.'
  }),
  'runbook-cycle': ({file, line, column, cycle}) => ({
    text: `${file}:${line}:${column}: 단계들이 서로를 기다립니다: ${cycle}.`,
    hint: '이 가운데 needs 하나를 지우세요.'
  }),
  'runbook-not-one-kind': ({file, line, column, found}) => ({
    text:
      found === ''
        ? `${file}:${line}:${column}: 이 단계에는 할 일이 없습니다.`
        : `${file}:${line}:${column}: 이 단계에 할 일이 여럿입니다: ${found}.`,
    hint: '단계에는 use, run, sh, zx 가운데 꼭 하나만 있어야 합니다.'
  }),
  'runbook-bad-reference': ({file, line, column, reference, why, nearest}) => ({
    text: `${file}:${line}:${column}: ${reference} 은(는) ${badReferences[why][0]}.`,
    hint: `${suggest(nearest)}${badReferences[why][1]}`
  }),
  'runbook-fixed-text': ({file, line, column, reference}) => ({
    text: `${file}:${line}:${column}: ${reference} 은(는) 실행할 것 자체에 쓸 수 없습니다.`,
    hint: '값은 env 로 넘겨 변수로 쓰거나 인자로 넘기세요. 어떤 프로그램인지는 그대로 적어야 합니다.'
  }),
  'runbook-unknown': ({name, nearest}) => ({
    text: `"${name}" 런북은 없습니다.`,
    hint: `${suggest(nearest)}logcaster runbook list 로 모두 볼 수 있고, 경로에는 folder/my.yaml 처럼 빗금이 있어야 합니다.`
  }),
  'runbook-name-twice': ({name, path, other}) => ({
    text: `${name} 런북이 둘입니다: ${path}, ${other}.`,
    hint: '하나의 이름을 바꾸세요. 어느 쪽도 말없이 다른 쪽을 대신하지 않습니다.'
  }),
  'runbook-bad-name': ({path}) => ({
    text: `${path} 은(는) 런북 이름이 될 수 없습니다.`,
    hint: 'clean-up.yaml 처럼 소문자, 숫자, 점, 줄표, 밑줄로 지으세요.'
  }),
  'runbook-unreadable': ({path, reason}, write) => ({
    text: `런북 ${path} 을(를) 읽을 수 없습니다: ${reason}.`,
    hint: `확인: ls -ld ${write.word(path)}`
  }),
  'runbook-unsafe': ({path, reason, owner, mode}, write) => ({
    text:
      reason === 'owner'
        ? `${path} 의 소유자인 사용자 ${owner} 이(가) 런북이 하는 일을 바꿀 수 있습니다.`
        : `${path} 은(는) 다른 사용자가 쓸 수 있어(모드 ${mode}) 런북이 하는 일이 바뀔 수 있습니다.`,
    hint:
      reason === 'owner'
        ? '런북을 확인하고, 맞는 것만 자신과 root 만 쓸 수 있는 폴더에 두세요.'
        : `런북을 확인한 뒤: sudo chmod go-w ${write.word(path)}`
  }),
  'runbook-unknown-input': ({input, nearest}) => ({
    text: `런북에 ${input} 입력은 없습니다.`,
    hint: `${suggest(nearest)}logcaster runbook show NAME 으로 입력을 볼 수 있습니다.`
  }),
  'runbook-bad-input': ({input, value, expected}) => ({
    text: `입력 ${input} 값으로 ${value} 은(는) 쓸 수 없습니다.`,
    hint: `필요한 값: ${expectsKo(expected)}.`
  }),
  'runbook-missing-input': ({input, expected, setting}) => ({
    text: `입력 ${input} 에 값이 없습니다.`,
    hint: `--input ${input}=VALUE 로 주${setting === null ? '세요' : `거나 ${setting} 설정을 정하세요`}. 필요한 값: ${expectsKo(expected)}.`
  }),
  'runbook-no-value': ({reference, why}) => ({
    text: `${reference} 은(는) ${noValues[why][0]}.`,
    hint: noValues[why][1]
  })
} satisfies Partial<Catalogue['faults']>
