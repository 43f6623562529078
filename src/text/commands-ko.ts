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
  },
  'runbook list': {
    summary: '실행할 수 있는 런북과 그 용도를 보여 줌',
    examples: ['기본 제공과 직접 만든 것', '프로그램용'],
    flags: {}
  },
  'runbook show': {
    summary: '런북의 용도, 입력, 단계를 보여 줌',
    examples: ['기본 제공 런북', '직접 만든 파일'],
    args: {name: '런북 이름 또는 경로'},
    flags: {}
  },
  'runbook check': {
    summary: '런북을 읽고 모든 문제를 위치와 함께 알려 줌',
    examples: ['찾아지는 모든 런북', '이 파일'],
    args: {name: '런북 이름 또는 경로; 없으면 모두'},
    flags: {}
  },
  'runbook run': {
    summary: '런북을 실행: 계획하고, 대상을 잠그고, 한 단계씩 하고, 기록함',
    examples: ['무엇을 할지 보기만 하고 아무것도 하지 않음', '다른 입력으로', '물어볼 사람이 없는 타이머에서'],
    args: {name: '런북 이름 또는 경로'},
    flags: {
      input: '런북 입력 값',
      'dry-run': '계획만 보여 주고 아무것도 바꾸지 않음',
      diff: '--dry-run 과 함께: 파일의 어느 줄이 바뀌는지 보여 줌',
      'detailed-exitcode': '--dry-run 과 함께: 바뀔 것이 있으면 2 로 끝냄',
      yes: '서비스를 멈추거나 되돌릴 수 없는 일 앞에서 묻지 않음',
      wait: '다른 실행이 잡은 잠금을 이만큼 기다림'
    }
  },
  'runs list': {
    summary: '무엇을 누가 실행했고 어떻게 끝났는지 최근 것부터 보여 줌',
    examples: ['최근 20개', '저널에 남은 전부'],
    flags: {limit: '최대 개수', all: '전부'}
  },
  'runs show': {
    summary: '실행 하나를 보여 줌: 누가, 무엇을, 각 단계의 결과',
    examples: ['실행 id 로', '프로그램이 출력한 것까지'],
    args: {run: '실행 id'},
    flags: {}
  },
  'runs resume': {
    summary: '끊긴 실행을 그때의 계획대로 마저 끝냄',
    examples: ['끊긴 곳부터 계속', '사람만 알 수 있는 단계가 끝났다고 알림'],
    args: {run: '실행 id'},
    flags: {
      done: '보여 주는 것은 없지만 이 단계는 끝났음',
      again: '끝났을지도 모르지만 이 단계를 다시 함',
      yes: '서비스를 멈추거나 되돌릴 수 없는 일 앞에서 묻지 않음',
      wait: '다른 실행이 잡은 잠금을 이만큼 기다림'
    }
  },
  'runs undo': {
    summary: '실행이 한 일을 마지막 단계부터 되돌릴 수 있는 데까지 되돌림',
    examples: ['무엇을 되돌릴지 보기', '되돌리기'],
    args: {run: '실행 id'},
    flags: {
      'dry-run': '무엇을 되돌릴지만 보여 주고 아무것도 바꾸지 않음',
      yes: '서비스를 멈추거나 되돌릴 수 없는 일 앞에서 묻지 않음',
      wait: '다른 실행이 잡은 잠금을 이만큼 기다림'
    }
  },
  'runs close': {
    summary: '실행이 남긴 반쯤 된 일을 사람이 바로잡았다고 알림',
    examples: ['이후로는 어떤 점검도 알리지 않음'],
    args: {run: '실행 id'},
    flags: {reason: '무엇을 했는지, 저널에 남김'}
  },
  'runs verify': {
    summary: '실행 저널이 바뀌거나 잘리거나 뒤섞이지 않았는지 검증',
    examples: ['사람용', '틀린 곳 모두'],
    flags: {}
  },
  'runs export': {
    summary: '실행과 모든 단계를 한 줄에 JSON 문서 하나로 내보냄',
    examples: ['지난 한 달', '전부를 문서 하나로'],
    flags: {since: '얼마나 거슬러 올라갈지'}
  },
  locks: {
    summary: '누가 어떤 잠금을 언제부터 잡고 있고 아직 살아 있는지 보여 줌',
    examples: ['모든 잠금', '프로그램용'],
    flags: {}
  },
  'locks break': {
    summary: '스스로 놓을 수 없는 실행의 잠금을 빼앗음',
    examples: ['영영 사라진 다른 시스템의 실행'],
    args: {run: '잠금을 잡은 실행의 id'},
    flags: {reason: '저널에 남길 이유', yes: '실행이 아직 살아 있어도'}
  }
}
