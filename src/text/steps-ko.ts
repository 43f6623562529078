import type {Catalogue} from './say.ts'

const stays = (staying: number): string =>
  staying === 0 ? '' : `; 기한이 지난 ${staying}개는 사용 중이거나 그 뒤 기록되어 그대로 둠`

const journalStates = {
  torn: '중단으로 반만 쓰인 끝부분',
  'head-missing': '끝을 나타내는 표시가 없음',
  cut: '일부가 잘려 나감',
  altered: '줄이 바뀌거나 옮겨짐',
  newer: '더 새로운 버전이 씀'
} as const

export const stepFindingsKo = {
  'runs-none': () => ({text: '아직 실행한 것이 없음'}),
  'runs-whole': ({runs}) => ({text: `최근 실행 ${runs}개 중 끊긴 것 없음`}),
  'runs-crashed': ({count}) => ({
    text: `실행 ${count}개가 중간에 끊긴 채 남아 있음`,
    hint: '이어서 하려면 logcaster runs resume RUN, 되돌리려면 logcaster runs undo RUN, 손으로 바로잡았으면 logcaster runs close RUN.'
  }),
  'run-left': ({run, command, user, sinceMs, status}, write) => ({
    text: `실행 ${run}: ${user} 의 ${command}, ${write.time(sinceMs)} 시작, ${status === 'stuck' ? '되돌리지 못함' : '중간에 끊김'}`
  }),
  'journal-whole': ({lines, runs}) => ({text: `${lines}줄이 모두 이어짐 (실행 ${runs}개)`}),
  'journal-wrong': ({state, problems, lines}) => ({
    text: `${journalStates[state]} (${lines}줄 중 ${problems}곳)`,
    hint: '다른 것을 실행하기 전에 상태 폴더를 복사해 두세요. logcaster runs verify --json 이 모든 곳을 알려 줍니다.'
  }),
  'journal-problem': ({kind, segment, line, seq}) => ({
    text: [
      journalStates[kind],
      ...(segment === null ? [] : [`세그먼트 ${segment}`]),
      ...(line === null ? [] : [`${line}번째 줄`]),
      ...(seq === null ? [] : [`seq ${seq}`])
    ].join(', ')
  }),
  'step-put-back': ({target}) => ({text: `한 일을 되돌림: ${target}`}),
  'step-stays': ({target}) => ({text: `되돌리는 방법이 없어 그대로 둠: ${target}`}),
  'step-skipped-when': () => ({text: '조건이 맞지 않아 필요 없음'}),
  'step-goal-reached': () => ({text: '목표에 이르러 필요 없음'}),
  'step-needs-unmet': ({needed}) => ({text: `${needed} 이(가) 먼저 되어야 해서 하지 않음`}),
  'step-unknown': ({reason}) => ({
    text:
      reason === 'value'
        ? '실행해야 알 수 있음: 앞 단계가 줄 값을 받음'
        : '실행해야 알 수 있음: 지금은 할 수 없지만 앞의 프로그램이 바꿀 수 있음'
  }),
  'step-program-runs': ({program}) => ({text: `${program} 실행`}),
  'step-program-looks': ({program}) => ({text: `${program} 실행 (바꾸는 것 없음)`}),
  'step-created-already': ({path}) => ({text: `${path} 이(가) 이미 있음`}),
  'step-checks': ({check, times}) => ({
    text: times === 1 ? `${check} 을(를) 통과하면 계속` : `${check} 을(를) 연속 ${times}번 통과하면 계속`
  }),
  'step-waits': ({forMs}, write) => ({text: `${write.duration(forMs)} 동안 기다림`}),
  'step-waits-until': ({check}) => ({text: `${check} 을(를) 통과할 때까지 기다림`}),
  'step-service-starts': ({unit}) => ({text: `${unit} 시작`}),
  'step-service-stops': ({unit}) => ({text: `${unit} 멈춤`}),
  'step-service-restarts': ({unit}) => ({text: `${unit} 다시 시작`}),
  'step-service-up': ({unit}) => ({text: `${unit} 은(는) 이미 켜져 있음`}),
  'step-service-down': ({unit}) => ({text: `${unit} 은(는) 이미 꺼져 있음`}),
  'step-service-fresh': ({unit, sinceMs}, write) => ({
    text: `${unit} 이(가) ${write.time(sinceMs)} 에 막 시작되어 다시 시작하지 않음`
  }),
  'step-file-new': ({path, bytes}, write) => ({text: `${path} 새로 쓰기 (${write.size(bytes)})`}),
  'step-file-replace': ({path, bytes, untilMs}, write) => ({
    text: `${path} 바꿔 쓰기 (${write.size(bytes)}); 이전 파일은 ${write.time(untilMs)} 까지 보관`
  }),
  'step-file-same': ({path}) => ({text: `${path} 은(는) 이미 원하는 대로임`}),
  'step-file-move': ({from, to}) => ({text: `${from} 을(를) ${to} (으)로 옮김`}),
  'step-file-moved': ({from, to}) => ({text: `${from} 은(는) 없고 ${to} 이(가) 이미 있음`}),
  'step-file-remove': ({path, bytes, reason, untilMs, isUseUnknown}, write) => ({
    text:
      `${path} 치우기 (${write.size(bytes)}): ${reason}; ${write.time(untilMs)} 까지 보관` +
      (isUseUnknown ? '; 모든 프로세스가 파일을 열고 있는지 확인하지는 못함' : '')
  }),
  'step-file-absent': ({path}) => ({text: `${path} 은(는) 이미 없음`}),
  'step-purge': ({folder, files, bytes, staying}, write) => ({
    text: `${folder} 에 보관된 파일 ${files}개 (${write.size(bytes)}) 완전히 삭제${stays(staying)}`
  }),
  'step-purge-nothing': ({folder, staying}) => ({text: `${folder} 에 보관된 것 중 기한이 된 것 없음${stays(staying)}`})
} satisfies Partial<Catalogue['findings']>
