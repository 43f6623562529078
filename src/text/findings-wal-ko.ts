import type {Catalogue} from './say.ts'

export const walFindingsKo = {
  'wal-verified': ({segments, records, bytes}, write) => ({
    text: `세그먼트 ${segments}개의 레코드 ${records}개, ${write.size(bytes)}, 모두 쓰인 그대로임`
  }),
  'wal-ends-torn': ({records, bytes}, write) => ({
    text: `마지막 쓰기(${write.size(bytes)}, 레코드 ${records}개)가 디스크에 온전히 쓰이지 못함`,
    hint: '정전 뒤처럼 디스크에 확정된 적이 없는 부분이며, 서버가 다음에 시작할 때 잘라 냅니다.'
  }),
  'wal-has-holes': ({holes, records}) => ({
    text: `${holes}곳이 손상되어 레코드 ${records}개를 잃음`,
    hint: '디스크를 확인하고(dmesg, smartctl) 중요한 것은 백업에서 복원하세요. 서버는 그래도 시작하고 계속 받습니다.'
  }),
  'wal-import': ({path, records, stored}) => ({
    text: stored === 0 ? `${path} 의 ${records}줄` : `${path} 의 ${records}줄, 그중 ${stored}줄은 이미 저장됨`
  })
} satisfies Partial<Catalogue['findings']>
