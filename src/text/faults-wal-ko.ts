import type {Catalogue} from './say.ts'

export const walFaultsKo = {
  'data-locked': ({path, pid, user, host, sinceMs}, write) => ({
    text:
      pid === null
        ? `${path} 폴더를 누군가 쓰고 있지만 누구인지 알 수 없습니다.`
        : `${path} 폴더는 ${host ?? '?'} 의 ${user ?? '?'} 프로세스 ${pid} 이(가) 쓰고 있습니다${sinceMs === null ? '' : ` (${write.time(sinceMs)} 부터)`}.`,
    hint: `데이터 폴더 하나에는 서버 하나입니다: 그 서버를 멈추거나(logcaster server stop${pid === null ? '' : `; 다른 방법으로 시작했다면 kill ${pid}`}) 다른 --data-dir 을 고르세요.`
  }),
  'wal-absent': ({path}) => ({
    text: `${path} 에 로그가 없습니다.`,
    hint: '서버의 데이터 폴더를 정해 주세요: --data-dir DIR'
  }),
  'wal-newer': ({path, format, known}) => ({
    text: `${path} 파일은 더 새로운 버전이 쓴 것입니다: 형식 ${format}, 이 버전은 ${known} 까지 압니다.`,
    hint: '그 버전이나 더 새로운 버전을 실행하세요.'
  }),
  'wal-holes': ({path, holes, records}) => ({
    text: `${path} 에서 ${holes}곳의 레코드 ${records}개를 읽을 수 없었습니다.`,
    hint: '어디가 왜 그런지 보기: logcaster server wal verify'
  }),
  'import-nothing': ({path}) => ({
    text: `${path} 에는 가져올 줄이 없습니다.`,
    hint: '원래 서버가 -P 로 쓴 current.log 같은 파일을 정해 주세요.'
  }),
  'import-too-large': ({bytes, retainBytes}, write) => ({
    text: `${write.size(retainBytes)} 까지만 보관하는 로그에 ${write.size(bytes)} 를 넣으면 앞의 줄이 밀려납니다.`,
    hint: '파일을 줄이거나, 여기와 서버 설정에서 더 많이 보관하세요: --set server.retain_bytes=SIZE'
  }),
  'import-cut': ({path, records}) => ({
    text: `${path} 에서 가져온 줄 ${records}개가 뒤의 줄에 밀려났습니다.`,
    hint: '디스크 공간을 늘리거나(df -h) 파일을 줄이세요. 저장된 것은 그대로이며 두 번 저장되지 않습니다.'
  })
} satisfies Partial<Catalogue['faults']>
