import type {FaultValues} from '../base/faults.ts'
import type {Catalogue, Sentence} from './say.ts'

type Reason = FaultValues<'target-refused'>['reason']
type Refusal = (path: string, word: string) => Required<Sentence>

const refusals = {
  ours: (path) => ({
    text: `${path} 은(는) logcaster 가 직접 관리하는 폴더 안에 있습니다.`,
    hint: '보관 영역의 파일은 logcaster runs undo 로 되돌리고, file.purge 단계로 지웁니다.'
  }),
  'folder-absent': (path) => ({
    text: `${path} 의 폴더가 없습니다.`,
    hint: '알맞은 소유자와 권한으로 먼저 만드세요.'
  }),
  'folder-other': (path, word) => ({
    text: `${path} 의 폴더 자리에 폴더가 아닌 것이 있습니다.`,
    hint: `확인: namei -l ${word}`
  }),
  'folder-unreadable': (path, word) => ({
    text: `${path} 의 폴더를 살펴볼 수 없습니다.`,
    hint: `볼 수 있는 사용자로 실행하거나 확인: namei -l ${word}`
  }),
  link: (path, word) => ({
    text: `${path} 은(는) 링크이며, 링크를 통해 쓰거나 링크를 옮기거나 지우지 않습니다.`,
    hint: `파일 자체를 지정하세요: readlink -f ${word}`
  }),
  directory: (path) => ({
    text: `${path} 은(는) 폴더이며, 한 단계는 파일 하나를 다룹니다.`,
    hint: '그 안의 파일을 하나씩, 또는 files.find 로 지정하세요.'
  }),
  other: (path, word) => ({
    text: `${path} 은(는) 소켓, 장치 또는 파이프라서 건드리지 않습니다.`,
    hint: `누가 쓰는지 확인: fuser -v ${word}`
  }),
  'read-only': (path) => ({
    text: `${path} 의 폴더는 root 도 바꿀 수 없습니다.`,
    hint: '파일 시스템이 읽기 전용이거나 폴더가 변경 금지인지 findmnt, lsattr -d 로 확인하세요.'
  }),
  absent: (path) => ({
    text: `${path} 이(가) 없고, 옮겨질 파일도 없습니다.`,
    hint: '런북의 경로를 고치세요.'
  }),
  taken: (path) => ({
    text: `${path} 이(가) 이미 있으며 덮어쓰지 않습니다.`,
    hint: '다른 이름을 고르거나 그 파일을 먼저 치우세요.'
  }),
  'same-name': (path) => ({
    text: `두 경로가 같은 폴더의 같은 이름입니다: ${path}.`,
    hint: '하나는 링크나 마운트를 거쳐 같은 곳에 이릅니다. 런북을 고치세요.'
  }),
  'other-file-system': (path) => ({
    text: `${path} 은(는) 다른 파일 시스템에 있어 한 번에 옮길 수 없습니다.`,
    hint: '같은 파일 시스템의 이름을 고르거나, 프로그램으로 복사하고 확인하세요.'
  }),
  'too-big': (path) => ({
    text: `${path} 에 쓸 내용이 한 단계가 쓸 수 있는 크기보다 큽니다.`,
    hint: 'run 과 creates 를 써서 프로그램이 쓰게 하세요.'
  }),
  open: (path, word) => ({
    text: `어떤 프로세스가 ${path} 을(를) 열어 두고 있어 보이지 않는 곳에 계속 쓰게 됩니다.`,
    hint: `확인: fuser -v ${word}; 먼저 파일을 닫거나 다시 열게 하세요.`
  }),
  'just-written': (path) => ({
    text: `${path} 은(는) 이 실행 전 1분 안에 기록되었습니다.`,
    hint: '더 기록되지 않을 때까지 기다렸다가 다시 실행하세요.'
  })
} satisfies {readonly [Word in Reason]: Refusal}

/** 단계가 파일을 그대로 두는 까닭. */
export const fileFaultsKo = {
  'target-refused': ({path, reason}, write) => {
    // The journal may tell of a reason that is not known here any more, or not yet.
    const known: Readonly<Record<string, Refusal>> = refusals
    return (known[reason] ?? refusals.other)(path, write.word(path))
  },
  'target-unreadable': ({path, reason}, write) => ({
    text: `${path} 을(를) 살펴볼 수 없습니다: ${reason}.`,
    hint: `볼 수 있는 사용자로 실행하거나 확인: ls -ld ${write.word(path)}`
  }),
  'target-outside': ({path, within}) => ({
    text: `${path} 은(는) ${within} 안에 있지 않으며, 그 밖의 것은 지우지 않습니다.`,
    hint: '링크를 풀면 다른 곳에 이릅니다. 그곳이 맞다면 within 에 폴더를 적으세요.'
  }),
  'target-changed': ({path}, write) => ({
    text: `${path} 을(를) 다른 누군가가 바꾸어 그대로 두었습니다.`,
    hint: `먼저 확인하세요: ls -l ${write.word(path)}`
  }),
  'target-taken': ({path}) => ({
    text: `${path} 이(가) 다시 생겨 덮어쓰지 않습니다.`,
    hint: '그 사이 누군가 만들었습니다. 필요한 것을 따로 두고 치운 뒤 다시 시도하세요.'
  }),
  'held-foreign': ({path}, write) => ({
    text: `${path} 은(는) 우리만의 폴더가 아니어서 아무것도 보관하지 않습니다.`,
    hint: `실행하는 사용자가 소유한 0700 권한의 폴더여야 합니다: ls -ld ${write.word(path)}`
  }),
  'held-missing': ({path, held}) => ({
    text: `${path} 에 있던 것을 되돌릴 수 없습니다: ${held} 이(가) 없습니다.`,
    hint: '기한이 지나 지워졌거나 누군가 치웠습니다. 백업에서 복원하세요.'
  }),
  'held-taken': ({path, held}) => ({
    text: `${path} 에 있는 것을 보관할 수 없습니다: ${held} 은(는) 다른 파일입니다.`,
    hint: '이 단계는 전에 실행되었고 그 뒤 파일이 바뀌었습니다. 실행을 되돌리거나 새로 시작하세요.'
  }),
  'find-too-many': ({folder, namesMax}) => ({
    text: `${folder} 까지 살펴볼 이름이 ${namesMax}개를 넘습니다.`,
    hint: '더 작은 폴더를 고르거나 depth 로 단계를 줄이세요.'
  })
} satisfies Partial<Catalogue['faults']>
