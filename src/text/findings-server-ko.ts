import type {Catalogue} from './say.ts'

/** Those that are not off. */
function ports(named: readonly (readonly [string, string | null])[]): string {
  const open = named.flatMap(([name, address]) => (address === null ? [] : [`${name} ${address}`]))
  return open.length === 0 ? '없음' : open.join(', ')
}

/** What the log server tells of itself while it runs. */
export const serverFindingsKo = {
  'server-down': ({unit, result, log}, write) => ({
    text: `${unit} 이(가) 실행 중이 아님 (${result})`,
    hint: `이유 확인: tail ${write.word(log)}; 시작: logcaster server start`
  }),
  'server-off': ({unit}) => ({text: `${unit} 은(는) 멈춰 있음`, hint: 'logcaster server start'}),
  'server-changing': ({unit, active, sub, log}, write) => ({
    text: `${unit} 상태가 바뀌는 중: ${active} (${sub})`,
    hint: `지켜보기: tail ${write.word(log)}; 끝내기: logcaster server stop`
  }),
  'server-unsupervised': ({unit, pid}) => ({
    text: `${unit} 이(가) 감독 프로세스 없이 실행 중: 프로세스 ${pid} 이(가) 끝나면 다시 시작되지 않음`,
    hint: 'logcaster server restart'
  }),
  'server-listens': ({log, query, http}) => ({
    text: `듣는 곳: ${ports([
      ['로그', log],
      ['조회', query],
      ['HTTP', http]
    ])}`
  }),
  'server-keeps': ({path, durability}) => ({text: `받은 기록을 ${path} 에 보관함 (durability ${durability})`}),
  'server-keeps-nothing': () => ({
    text: '받은 기록을 메모리에만 보관함: 끝나면 사라짐',
    hint: '보관하려면: --data-dir DIR'
  }),
  'server-in-front': () => ({text: 'Ctrl-C 로 멈출 때까지 실행됨'}),
  'server-stopping': ({signal}) => ({text: `멈추는 중 (${signal}): 더 받지 않고 받은 것을 저장함`}),
  'server-stopped': ({records, isKept}) => ({text: `멈춤; 기록 ${records}개 받음${isKept ? ', 모두 저장됨' : ''}`}),
  'server-supervision-ended': ({unit, restarts}) => ({
    text: `${unit} 이(가) 끝남; 그동안 ${restarts}번 다시 시작함`
  }),
  'server-reloaded': ({settings}) => ({
    text: settings === '' ? '설정을 다시 읽음: 바뀐 것 없음' : `새 설정을 따름: ${settings}`
  }),
  'server-reload-refused': ({problems, first, path}, write) => ({
    text: `설정을 바꾸지 않음: 새 설정에 문제 ${problems}개, 첫 번째: ${first}`,
    hint: `모두 보기: logcaster config check${path === null ? '' : ` --config ${write.word(path)}`}`
  }),
  'server-restart-needed': ({settings}) => ({
    text: `바뀐 설정이 다시 시작하기를 기다림: ${settings}`,
    hint: 'logcaster server restart'
  }),
  'server-notices-left-out': ({count}) => ({text: `알림이 너무 많아 ${count}개를 건너뜀`}),
  'server-variable-unused': ({name}) => ({
    text: `${name} 은(는) 여기서 의미가 없어 무시함`,
    hint: '환경에서 빼세요. 쓰기와 스레드의 크기는 스스로 정해집니다.'
  }),
  'server-irc-absent': () => ({
    text: 'IRC 게이트웨이는 아직 없음; 나머지는 모두 실행됨',
    hint: '생길 때까지 -i 와 -I 를 빼세요.'
  }),
  'server-size-mapped': ({megabytes, files}, write) => ({
    text: `-s ${megabytes} 은(는) 그 크기의 파일 ${files}개를 뜻함: ${write.size(files * megabytes * 1_048_576)} 를 보관함`,
    hint: '보관할 양을 직접 정하세요: --retain-bytes SIZE'
  }),
  'server-port-changed': ({taken, holder, port}) => ({
    text: `${taken} 포트를 ${holder ?? '다른 프로그램'} 이(가) 쓰고 있어 ${port} 을(를) 대신 씀`,
    hint: `${taken} 을(를) 쓰려면 그 프로그램을 끝내세요: ss -ltnp`
  }),
  'server-protocol-refused': ({peer, protocol}) => ({
    text: `${peer} 이(가) 로그 수신 포트로 ${protocol === 'tls' ? 'TLS 를' : '이진 프로토콜을'} 보내 거절함: 평문 텍스트만 받음`,
    hint:
      protocol === 'tls'
        ? '보내는 쪽의 TLS 를 끄거나 앞에 TLS 프록시를 두세요.'
        : '텍스트 줄, syslog, JSON 줄로 보내세요. Fluent Bit 는 output tcp 와 format json_lines.'
  }),
  'server-clients-full': ({clientsMax, turnedAway}) => ({
    text: `연결 ${turnedAway}개를 거절함: 이미 ${clientsMax}개가 연결됨`,
    hint: '--max-clients 를 늘리거나 연결을 계속 여는 보내는 쪽을 찾으세요: ss -tn'
  }),
  'server-queue-full': ({queueBytesMax, forMs}, write) => ({
    text: `대기열 ${write.size(queueBytesMax)} 이(가) ${write.duration(forMs)} 동안 가득 참: 절반이 디스크에 쓰일 때까지 받지 않음`,
    hint: '디스크가 느리거나 멈췄나요? iostat -x 1; --queue-bytes 를 늘리는 것은 짧은 몰림에만 도움이 됩니다.'
  }),
  'server-queue-flows': ({afterMs}, write) => ({
    text: `${write.duration(afterMs)} 만에 다시 받음`
  }),
  'wal-torn': ({file, from, bytes}, write) => ({
    text: `${file} 파일이 쓰다 만 상태로 끝남: ${from}바이트부터 ${write.size(bytes)}는 확인 응답된 적이 없어 잘라 냄`
  }),
  'wal-damaged': ({file, from, to, seqFrom, seqTo, copy}, write) => ({
    text: `${file} 파일의 ${from}~${to}바이트가 손상됨: ${
      seqTo > seqFrom ? `레코드 ${write.number(seqFrom)}~${write.number(seqTo - 1)} 유실` : '유실된 레코드 없음'
    }${copy === null ? '' : `; 사본: ${copy}`}`,
    hint: '디스크를 확인하세요 (dmesg, smartctl). 손상 전체 보기: logcaster server wal verify'
  }),
  'wal-stuck': ({path, why, reason}) => ({
    text: `${stuckWords[why]} (${path}, ${reason}): 들어오는 로그는 대기하며 확인 응답하지 않음`,
    hint: '디스크에 다시 쓸 수 있게 되면 스스로 이어 갑니다. df -h, dmesg, --min-free 를 확인하세요.'
  }),
  'wal-taken': ({path}, write) => ({
    text: `이 서버가 멈춰 있는 동안 다른 서버가 ${path} 을(를) 차지함: 한 서버만 쓰도록 바로 끝냄`,
    hint: `차지한 서버 보기: ls -l ${write.word(path)}. 컨테이너나 시스템이 일시 정지되었는지 확인하세요.`
  }),
  'wal-goes-on': ({path, afterMs}, write) => ({
    text: `${path}에 ${write.duration(afterMs)} 만에 다시 쓸 수 있음; 대기하던 로그를 기록함`
  }),
  'wal-lease-dropped': ({path, lease}) => ({
    text: `${path} 디스크에 남은 공간이 없음: 체크포인트 ${lease}의 보존을 포기하고 가장 오래된 세그먼트를 다시 사용함`,
    hint: '이 체크포인트를 복사하던 백업은 처음부터 다시 해야 합니다. 먼저 공간을 확보하고, 백업이 끝나면 체크포인트를 해제하세요.'
  })
} satisfies Partial<Catalogue['findings']>

const stuckWords = {
  full: '로그 디스크가 가득 참',
  'read-only': '로그 디스크가 읽기 전용임',
  error: '로그를 쓸 수 없음',
  stalled: '로그 디스크가 응답하지 않음'
} as const
