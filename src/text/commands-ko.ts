import type {Catalogue} from './say.ts'

/** Of `server`, and of `up`, which runs one. */
const serverFlags = {
  'log-port': '로그 수신 포트',
  'query-port': '조회 포트',
  'http-port': 'HTTP /health 포트',
  listen: '서버가 듣는 주소; 비워 두면 127.0.0.1 과 ::1',
  insecure: '누구나 읽고 쓸 수 있게 되더라도 다른 시스템에서 오는 연결도 받음',
  'data-dir': '받은 것을 보관할 폴더; 비워 두면 디스크에 쓰지 않음',
  persist: '같지만 paths.data 의 폴더에',
  durability: '언제 저장된 것으로 볼지; 비워 두면 데이터 폴더가 있으면 commit, 없으면 none',
  'ring-lines': '조회로 볼 수 있는 최대 줄 수',
  'ring-bytes': '이 줄들을 담을 메모리; queue-bytes 의 두 배보다 작아지지 않음',
  'max-line': '가장 긴 줄; 더 긴 줄은 잘라 내고 표시함',
  'retain-bytes': '디스크에 보관할 최대 크기, 오래된 것부터 버림',
  'retain-age': '디스크에 보관할 기간; 0 이면 공간이 있는 동안',
  'file-size': '원래 서버가 보관하던 파일 열 개 중 하나의 크기; retain-bytes 와 -P 를 대신함',
  'min-free': '디스크에 남겨 둘 공간; 비워 두면 1 GiB 와 디스크의 5% 가운데 큰 쪽',
  'queue-bytes': '받았지만 아직 저장하지 못한 최대 크기; 여기에 이르면 읽기를 멈춤',
  'max-clients': '로그 포트의 최대 동시 연결 수',
  'lenient-query': '조회에 모르는 말이 있어도 거부하지 않고 무시함',
  drain: '서버를 멈출 때 받은 것을 저장하는 최대 시간',
  'port-file': '모든 포트가 답하면 포트 번호를 이 파일에 씀',
  irc: 'IRC 게이트웨이는 아직 없음: 경고만 나옴',
  'irc-port': '같음'
}

const changeFlags = {
  'dry-run': '무엇을 할지 보여 주기만 하고 아무것도 하지 않음',
  wait: '다른 실행이 잡은 잠금을 이만큼 기다림'
}

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
  },
  send: {
    summary: '파일의 줄을 로그 서버로, 도중에 무엇이 끊겨도 한 번씩만 보냄',
    examples: ['파일; 같은 명령이 전에 멈춘 곳부터 이어 감', '프로그램이 출력하는 것', 'TCP 로 줄을 받는 아무 서버로'],
    args: {file: '파일, 표준 입력이면 -'},
    flags: {
      to: '서버와 그 로그 수신 포트; 없으면 설정에 있는 것, 그것도 없으면 127.0.0.1:9999',
      session: '서버가 줄 번호를 매길 이름; 없으면 파일마다 하나',
      ack: '확인이 약속할 것: 전원이 나가도 남음(commit), 서버가 죽어도 남음(os), 없음(none)',
      window: '확인받지 않은 채 보낼 수 있는 최대 줄 수',
      source: '줄마다 함께 남길 송신자 이름; 없으면 그 주소',
      from: '커서와 서버가 맞지 않을 때 시작할 곳: 첫 줄, 확인된 적 없는 줄, 서버에 없는 줄',
      cursor: '어디까지 보냈는지 기억할 파일; 없으면 상태 폴더에 파일마다 하나',
      plain: '아무도 확인하지 않는 줄로 보냄',
      timeout: '이만큼 계속 시도하고 끝냄; 없으면 있던 서버가 30초 동안 없을 때 끝냄'
    }
  },
  up: {
    summary: '시험해 볼 로그 서버를 실행하고, 그것으로 이 시스템을 점검',
    examples: ['Ctrl-C 까지; 기록은 상태 폴더에 보관', '그다음 다른 곳에서'],
    flags: serverFlags
  },
  server: {
    summary: '로그 서버를 앞에서 실행: 모든 줄을 받아 보관하고 조회에 답함',
    examples: ['메모리에만', '확인해 주기 전에 모든 줄을 디스크에 안전하게', '비어 있는 아무 포트로, 번호는 파일에'],
    flags: serverFlags
  },
  'server start': {
    summary: '로그 서버를 뒤에서 시작하고 준비될 때까지 봄',
    examples: ['systemd 로, 없으면 자체 감독 프로세스로', '무엇을 할지 보기'],
    flags: changeFlags
  },
  'server stop': {
    summary: '로그 서버를 멈춤: 받은 것을 저장하고 끝남',
    examples: ['확인해 준 것은 하나도 잃지 않음', '무엇을 할지 보기'],
    flags: changeFlags
  },
  'server status': {
    summary: '로그 서버가 실행 중인지, 포트가 답하는지 알려 줌',
    examples: ['사람용', '스크립트용: 0 이면 정상'],
    flags: {}
  },
  'server restart': {
    summary: '로그 서버를 멈추고 다시 시작해 준비될 때까지 봄',
    examples: ['지금의 설정으로', '무엇을 할지 보기'],
    flags: changeFlags
  },
  'server supervise': {
    summary: '서비스 관리자가 없는 곳에서 로그 서버가 계속 실행되게 함',
    examples: ['server start 가 뒤에 남겨 두는 것'],
    flags: {}
  },
  'server unit': {
    summary: '여기에 설치된 로그 서버를 위한 systemd 유닛을 출력',
    examples: ['/etc/systemd/system/logcaster.service 로 저장'],
    flags: {}
  },
  'server wal ls': {
    summary: '로그 파일과 각 파일에 든 레코드를 보여 줌',
    examples: ['오래된 것부터, 서버가 실행 중이어도', '다른 데이터 폴더를 프로그램용으로'],
    flags: {'data-dir': '서버의 데이터 폴더; 없으면 설정에 있는 폴더'}
  },
  'server wal verify': {
    summary: '로그를 모두 읽어 무엇이 손상됐고 어떤 레코드를 잃었는지 알려 줌',
    examples: ['사람용, 서버가 실행 중이어도', '손상된 곳 모두'],
    flags: {'data-dir': '서버의 데이터 폴더; 없으면 설정에 있는 폴더'}
  },
  'server wal export': {
    summary: '로그의 모든 레코드를 오래된 것부터 출력; --json 이면 개수만',
    examples: ['보낸 그대로, 서버가 실행 중이어도', '순번, 시각, 레벨, 출처와 함께'],
    flags: {
      'data-dir': '서버의 데이터 폴더; 없으면 설정에 있는 폴더',
      format: '레코드마다 바이트와 줄바꿈으로, 또는 한 줄에 JSON 객체 하나로',
      from: '첫 레코드',
      to: '마지막 레코드',
      since: '이 시간 안에 도착한 것만'
    }
  },
  'server wal import-persistence': {
    summary: '원래 서버가 보관한 줄을 시각과 함께 저장; 두 번 해도 한 번만 저장됨',
    examples: ['몇 줄인지 보기', '서버를 멈춘 동안, 오래된 파일부터 전부'],
    args: {file: '원래 서버가 쓴 파일, 여러 개 가능'},
    flags: {
      'data-dir': '서버의 데이터 폴더; 없으면 설정에 있는 폴더',
      'dry-run': '무엇을 저장할지만 보여 주고 아무것도 하지 않음'
    }
  }
}
