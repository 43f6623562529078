import type {Catalogue} from './say.ts'

export const commandsKo: Catalogue['commands'] = {
  '*': {
    summary: '',
    examples: [],
    flags: {
      config: '사용할 설정 파일',
      set: '설정 하나를 바꿈 (예: checks.since=2h)',
      json: 'JSON 문서 하나로 답함',
      lang: '답의 언어',
      quiet: '나쁜 것만 말함',
      verbose: '근거와 원인까지 자세히 말함',
      utc: '지역 시간 대신 UTC 로 표시'
    }
  },
  'daily-check': {
    summary: '서비스와 시스템을 점검하고 무엇이 잘못됐고 무엇을 해야 하는지 알려 줌',
    examples: ['사람이 볼 전체 점검', '디스크만 JSON 으로', 'Nagios, Icinga 플러그인으로', '모든 점검과 임계값'],
    flags: {
      only: '이 점검만 (id 또는 패턴)',
      skip: '이 점검은 빼고',
      profile: '설정에 있는 프로필의 점검',
      since: '로그를 얼마나 되돌아볼지',
      timeout: '전체 실행의 최대 시간',
      format: '답의 형식',
      'ping-url': '점검이 끝나면 이 웹 주소에 알림',
      'warn-as-ok': '경고까지는 0 으로 끝냄',
      list: '점검하지 않고 모든 점검과 임계값을 보여 줌'
    }
  },
  'config init': {
    summary: '모든 설정을 설명한 첫 설정 파일을 씀',
    examples: ['쓰지 않고 보기만', '이 파일에 쓰기'],
    flags: {print: '파일을 쓰지 않고 출력만 함', path: '쓸 파일'}
  },
  'config check': {
    summary: '설정을 읽고 모든 문제를 위치와 함께 알려 줌',
    examples: ['찾아지는 설정을 점검', '이 파일을 점검'],
    args: {file: '점검할 파일; 없으면 찾아지는 설정'},
    flags: {}
  },
  'config show': {
    summary: '지금 적용되는 설정과 출처를 보여 줌',
    examples: ['모든 설정', '바꾼 것만', '환경 변수가 이기는지 보기'],
    flags: {changed: '기본값이 아닌 설정만'}
  }
}
