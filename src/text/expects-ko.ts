import type {DetailedExpectation, Expectation, PlainExpectation} from '../base/expectations.ts'

export function expectsKo(expectation: Expectation): string {
  const [kind, detail = ''] = expectation.split(':', 2)
  return expectations[kind as keyof typeof expectations](detail)
}

const expectations: {readonly [Kind in PlainExpectation | DetailedExpectation]: (detail: string) => string} = {
  'secret-file': () => '_file 로 끝나는 설정에 지정한 비밀 값 파일의 경로',
  text: () => '글자',
  'absolute-path': () => '/ 로 시작하는 경로',
  whole: (detail) => `${detail.replace('|', '에서 ')} 사이의 정수`,
  'one-of': (detail) => `${detail.replaceAll('|', ', ')} 가운데 하나`,
  duration: () => '단위가 붙은 시간 (예: 10s, 1h30m)',
  size: () => '크기 (예: 64MiB, 10GB)',
  'size-between': (detail) => `${detail.replace('|', '에서 ')} 사이의 크기`,
  'range-count': () => '숫자 범위 (예: 10 또는 5:)',
  'range-percent': () => '퍼센트 범위 (예: 20%: 는 미만일 때, 80% 는 초과일 때 알림)',
  'range-duration': () => '시간 범위 (예: 14d: 는 미만일 때, 1h 는 초과일 때 알림)',
  date: () => '날짜 (예: 2026-12-01)',
  'sender-name': () => '영문자, 숫자, . _ : - 로 된 1–64자',
  endpoint: () => 'host:port (예: logs.example.com:443)',
  list: () => '목록',
  map: () => '이름별 값',
  section: () => '설정이 들어 있는 구역',
  record: () => '이름 있는 항목들',
  'key-value': () => '키=값 (예: checks.since=2h)',
  'check-id': () => '점검 id (daily-check --list 로 확인)',
  'plain-path': () => '우회(/../) 없는 전체 경로 (예: /var/log/app.log)',
  'script-path': () => '스크립트 경로 (예: 런북 옆의 ./collect.mjs, 또는 /opt/collect.mjs)',
  program: () => '프로그램 (예: df, /usr/bin/df, 런북 옆의 ./df.sh)',
  flag: () => 'true 또는 false',
  'file-mode': () => '따옴표로 감싼 권한 (예: "0640")',
  word: () => '글자, YAML 이 바꿀 값은 따옴표로 감싸기 (예: "0640")',
  words: () => '프로그램과 인자 목록 (예: [df, -P])',
  environment: () => '환경 변수별 값 (예: {LANG: C})',
  name: () => '소문자, 숫자, 점, 줄표, 밑줄로 된 이름',
  'for-or-until': () => 'for: 와 until: 가운데 하나만',
  unit: () => '유닛 이름 (예: logcaster.service)',
  label: () => '소문자, 숫자, 줄표, 밑줄로 된 이름',
  'filled-list': () => '항목이 하나 이상 있는 목록',
  meaning: () => '설명 글, 또는 언어별 글: {en: …, ko: …}',
  anything: () => '아무 값',
  input: () => '형식과 설명 (예: {type: whole, min: 1, max: 9, about: …})',
  reference: () => '목록을 가리키는 참조 하나 (예: ${facts.old})',
  condition: () => '조건 (예: ${inputs.force}, ${inputs.mode} == full); 빈칸이 든 값은 따옴표로 감싸기',
  steps: () => '단계 1개에서 500개까지의 목록'
}
