import type {Catalogue} from './say.ts'

/** Why the log server does not start, or what keeps it from doing what was asked. */
export const serverFaultsKo = {
  'server-port-taken': ({address, holder, flag}) => ({
    text: `${address} 에서 들을 수 없습니다: ${holder ?? '다른 프로그램'} 이(가) 쓰고 있습니다.`,
    hint: `${holder?.startsWith('logcaster (') === true ? '그 서버를 끝내거나(logcaster server stop)' : '그 프로그램을 끝내거나'} 다른 포트를 고르세요: ${flag} PORT; 0 은 비어 있는 아무 포트.`
  }),
  'server-port-unusable': ({address, reason, flag}) => ({
    text: `${address} 에서 들을 수 없습니다 (${reason}).`,
    hint: `이 시스템의 주소인지(ip address), 이 포트를 쓸 수 있는지 확인하세요. 1024 아래 포트는 root 만 씁니다. 다른 포트: ${flag} PORT`
  }),
  'server-exposed': ({listen}) => ({
    text: `--listen ${listen} 은(는) 인증 없는 로그 서버를 밖에 드러냅니다.`,
    hint: '빼면 이 시스템에만 열립니다. 위험을 받아들이려면 --insecure 를 붙이세요.'
  }),
  'server-durability-alone': ({durability}) => ({
    text: `durability ${durability} 에는 기록을 보관할 폴더가 필요합니다.`,
    hint: '--data-dir DIR 이나 server.data_dir 로 정하거나 durability 를 빼세요.'
  }),
  'server-not-stored': ({records, afterMs}, write) => ({
    text: `기록 ${records}개를 ${write.duration(afterMs)} 안에 저장하지 못해 잃었습니다; 받았다고 확인해 준 것은 없습니다.`,
    hint: '디스크가 받지 않았습니다: 서버가 앞서 알린 것을 보세요. 저장할 시간을 늘리려면: --drain TIME'
  }),
  'server-no-ports': () => ({
    text: '모든 포트가 꺼져 있어 아무도 보내거나 물을 수 없습니다.',
    hint: '하나에 번호를 주세요: --log-port, --query-port, --http-port.'
  }),
  'server-ports-same': ({port}) => ({
    text: `두 포트가 같습니다: ${port}.`,
    hint: '서로 다른 번호를 주세요: --log-port, --query-port, --http-port; 0 은 비어 있는 아무 포트.'
  }),
  'server-no-address': ({listen}, write) => ({
    text: `--listen ${write.word(listen)} 은(는) 주소가 아닙니다.`,
    hint: 'IP 주소나 localhost 를 쓰세요. 빼면 이 시스템에만 열립니다.'
  }),
  'server-late': ({unit, verb, afterMs, log}, write) => ({
    text: `${unit} 에 내린 명령(${verb})이 ${write.duration(afterMs)} 안에 끝나지 않았고, 아직 진행 중일 수 있습니다.`,
    hint: `확인: logcaster server status; tail ${write.word(log)}`
  }),
  'server-elsewhere': ({holder, port, pid}) => ({
    text: `${port} 포트를 ${holder} 이(가) 쓰고 있지만 logcaster server start 로 시작한 서버가 아니어서 그대로 실행 중입니다.`,
    hint: `시작한 곳에서 끝내거나: kill ${pid}`
  }),
  'server-not-up': ({unit, reason, log}, write) => ({
    text: `${unit} 이(가) 시작되지 않았거나 곧 끝났습니다 (${reason}).`,
    hint: `이유 확인: tail ${write.word(log)}`
  }),
  'server-unit-hidden': ({path}) => ({
    text: `유닛은 사용자 폴더를 서버에게서 가리는데, ${path} 이(가) 그 안에 있습니다.`,
    hint: 'logcaster 를 /opt 아래 같은 곳에 설치하거나 유닛의 ProtectHome= 과 PrivateTmp= 를 완화하세요.'
  }),
  'server-supervised': ({unit, pid}) => ({
    text: `${unit} 은(는) 이미 실행 중입니다: 프로세스 ${pid}.`,
    hint: 'logcaster server status 로 보고, logcaster server restart 로 다시 시작하세요.'
  }),
  'server-fails': ({reason, failures, log}, write) => ({
    text:
      failures === 1
        ? `서버가 다시 시작해도 달라지지 않을 이유로 끝났습니다 (${reason}).`
        : `서버가 ${failures}번 잇달아 끝나 더는 시작하지 않습니다 (${reason}).`,
    hint: `이유 확인: tail ${write.word(log)}; 고친 뒤: logcaster server start`
  }),
  'server-control-unusable': ({path, reason}) => ({
    text: `제어 소켓 ${path} 을(를) 열 수 없습니다 (${reason}).`,
    hint: '경로가 90자 이하이고 소켓을 쓸 수 있는 파일 시스템에 있는 --data-dir 을 고르고, 그곳에서 다른 서버가 실행 중이 아닌지 확인하세요.'
  })
} satisfies Partial<Catalogue['faults']>
