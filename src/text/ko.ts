import {commandsKo} from './commands-ko.ts'
import {faultsKo} from './faults-ko.ts'
import {findingsKo} from './findings-ko.ts'
import type {Catalogue} from './say.ts'

export const ko: Catalogue = {
  faults: faultsKo,
  findings: findingsKo,
  commands: commandsKo,
  words: {
    about: '로그 서비스 운영 도구: 점검하고, 무엇이 잘못됐고 무엇을 해야 하는지 알려 줍니다.',
    status: {ok: '정상', warning: '경고', critical: '위험', unknown: '알 수 없음', skipped: '건너뜀'},
    warning: '주의',
    error: '오류',
    usage: '사용법',
    commands: '명령',
    arguments: '인자',
    flags: '옵션',
    examples: '예',
    configGood: (path) => `${path ?? '파일 없음, 모두 기본값'}: 정상`,
    steps: {
      nothing: '그대로',
      look: '확인',
      change: '변경',
      unknown: '나중에',
      skip: '건너뜀',
      done: '완료',
      failed: '실패',
      skipped: '건너뜀',
      undone: '되돌림',
      stuck: '되돌리지 못함',
      'not-reached': '실행 안 함'
    },
    outcomes: {
      ok: '정상',
      warning: '경고',
      critical: '위험',
      unknown: '알 수 없음',
      done: '완료',
      nothing: '할 일 없음',
      planned: '이렇게 할 예정이며 아무것도 바꾸지 않음',
      partial: '일부만 완료',
      failed: '실패',
      refused: '거부'
    },
    runStatus: {
      running: '실행 중',
      crashed: '중간에 끊김',
      done: '완료',
      nothing: '할 일 없음',
      partial: '일부만 완료',
      failed: '실패',
      stuck: '실패, 되돌리지 못함',
      refused: '거부',
      interrupted: '중단됨',
      undone: '되돌림',
      deadline: '시간 초과',
      closed: '사람이 닫음'
    },
    stepStatus: {
      begun: '시작됨',
      done: '완료',
      nothing: '그대로',
      failed: '실패',
      skipped: '건너뜀',
      undone: '되돌림',
      undo_failed: '되돌리지 못함'
    },
    lives: {alive: '살아 있음', late: '살아 있으나 기한 지남', gone: '없음', unknowable: '다른 곳'},
    agree: (steps) => `서비스를 멈추거나 되돌릴 수 없는 단계입니다: ${steps}. 계속할까요? [y/N] `,
    notReversible: '되돌릴 수 없음',
    needsRoot: 'root 권한 필요',
    timeout: (limit) => `최대 ${limit}`,
    stepSummary: (counts, took) => {
      const parts = Object.entries(counts).map(([mark, count]) => `${mark} ${count}`)
      return `${parts.length === 0 ? '단계 없음' : parts.join(', ')}, ${took} 걸림`
    },
    runKept: (run) => `실행 ${run}: logcaster runs show ${run}`,
    moreHelp: (command) => `명령별 도움말: ${command} COMMAND --help`,
    summary: (counts, took) => {
      const parts = Object.entries(counts).map(([status, count]) => `${status} ${count}`)
      return `${parts.length === 0 ? '점검한 것 없음' : parts.join(', ')}, ${took} 걸림`
    }
  }
}
