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
  'range-count': () => '숫자 범위 (예: 10 또는 5:)',
  'range-percent': () => '퍼센트 범위 (예: 20%: 는 미만일 때, 80% 는 초과일 때 알림)',
  'range-duration': () => '시간 범위 (예: 14d: 는 미만일 때, 1h 는 초과일 때 알림)',
  date: () => '날짜 (예: 2026-12-01)',
  endpoint: () => 'host:port (예: logs.example.com:443)',
  list: () => '목록',
  map: () => '이름별 값',
  section: () => '설정이 들어 있는 구역',
  record: () => '이름 있는 항목들',
  'key-value': () => '키=값 (예: checks.since=2h)',
  'check-id': () => '점검 id (daily-check --list 로 확인)'
}
