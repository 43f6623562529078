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
    moreHelp: (command) => `명령별 도움말: ${command} COMMAND --help`,
    summary: (counts, took) => {
      const parts = Object.entries(counts).map(([status, count]) => `${status} ${count}`)
      return `${parts.length === 0 ? '점검한 것 없음' : parts.join(', ')}, ${took} 걸림`
    }
  }
}
