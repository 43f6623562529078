import {fileFaultsKo} from './faults-files-ko.ts'
import {runFaultsKo} from './faults-runs-ko.ts'
import {runbookFaultsKo} from './faults-runbooks-ko.ts'
import {expectsKo} from './expects-ko.ts'
import type {Catalogue} from './say.ts'
import {serverFaultsKo} from './faults-server-ko.ts'
import {walFaultsKo} from './faults-wal-ko.ts'
import {sendFaultsKo} from './send-ko.ts'
import {stepFaultsKo} from './faults-steps-ko.ts'

const suggest = (word: string | null): string => (word === null ? '' : `혹시 ${word} 인가요? `)

export const faultsKo: Catalogue['faults'] = {
  'usage-unknown-command': ({command, nearest}) => ({
    text: `"${command}" 명령은 없습니다.`,
    hint: `${suggest(nearest)}logcaster --help 를 보세요.`
  }),
  'usage-unknown-flag': ({flag, nearest, command}) => ({
    text: `${command} 에 ${flag} 옵션은 없습니다.`,
    hint: `${suggest(nearest)}logcaster ${command} --help 를 보세요.`
  }),
  'usage-unexpected-argument': ({argument, command}) => ({
    text: `${command} 은(는) 인자 "${argument}" 을(를) 받지 않습니다.`,
    hint: `logcaster ${command} --help 를 보세요.`
  }),
  'usage-missing-argument': ({argument, command}) => ({
    text: `${command} 에 인자 ${argument} 이(가) 필요합니다.`,
    hint: `logcaster ${command} --help 를 보세요.`
  }),
  'usage-missing-value': ({flag, command}) => ({
    text: `${flag} 에 값이 필요합니다.`,
    hint: `logcaster ${command} --help 를 보세요.`
  }),
  'usage-bad-value': ({flag, value, expected}) => ({
    text: `${flag} 값으로 "${value}" 은(는) 쓸 수 없습니다. 필요한 값: ${expectsKo(expected)}.`,
    hint: '값과 뜻은 그 명령의 --help 에 있습니다.'
  }),
  'usage-other': ({detail, command}) => ({
    text: `${command} 을(를) 이렇게 부를 수 없습니다: ${detail}`,
    hint: `logcaster ${command} --help 를 보세요.`
  }),
  'check-unknown-id': ({id, nearest}) => ({
    text: `"${id}" 점검은 없습니다.`,
    hint: `${suggest(nearest)}logcaster daily-check --list 로 모두 볼 수 있고, disk.* 같은 형태로 여러 개를 고릅니다.`
  }),
  'profile-unknown': ({profile, known}) => ({
    text: `"${profile}" 프로필은 없습니다.`,
    hint: known === '' ? '설정의 checks.profiles 아래에 이름을 정하세요.' : `있는 프로필: ${known}.`
  }),
  'config-absent': ({path}) => ({
    text: `설정 파일 ${path} 이(가) 없습니다.`,
    hint: '경로를 확인하거나 logcaster config init 으로 처음 설정을 만드세요.'
  }),
  'config-unreadable': ({path, reason}, write) => ({
    text: `설정 파일 ${path} 을(를) 읽을 수 없습니다: ${reason}.`,
    hint: `확인: ls -l ${write.word(path)}`
  }),
  'config-too-big': ({path, bytesMax}, write) => ({
    text: `설정 파일 ${path} 이(가) ${write.size(bytesMax)} 보다 큽니다.`,
    hint: '설정 파일이 맞는지 확인하세요.'
  }),
  'config-unsafe': ({path, reason, owner, mode}, write) => ({
    text:
      reason === 'owner'
        ? `${path} 의 소유자인 사용자 ${owner} 이(가) 내용을 바꿀 수 있습니다.`
        : `${path} 은(는) 다른 사용자가 쓸 수 있습니다(모드 ${mode}).`,
    hint:
      reason === 'owner'
        ? '내용을 확인하고 맞는 것만 자신의 사본(COPY)에 담은 뒤: sudo install -D -m 0644 COPY /etc/logcaster/logcaster.yaml'
        : `sudo chmod go-w ${write.word(path)}`
  }),
  'config-syntax': ({file, line, column, detail}) => ({
    text: `${file}:${line}:${column}: 올바른 YAML 이 아닙니다: ${detail}`,
    hint: '이 부근의 들여쓰기(탭이 아닌 빈칸)와 따옴표를 확인하세요.'
  }),
  'config-duplicate-key': ({file, line, column, key}) => ({
    text: `${file}:${line}:${column}: ${key} 이(가) 두 번 나옵니다.`,
    hint: '둘 중 하나만 남기세요. 어느 쪽이 맞는지 추측하지 않습니다.'
  }),
  'config-alias-bomb': ({file}) => ({
    text: `${file}: 별칭이나 중첩이 한도를 넘습니다.`,
    hint: '별칭으로 반복하지 말고 값을 풀어 쓰세요.'
  }),
  'config-unknown-key': ({file, line, column, key, nearest}) => ({
    text: `${file}:${line}:${column}: ${key} 라는 설정은 없습니다.`,
    hint: `${suggest(nearest)}logcaster config show 로 모든 설정을 볼 수 있습니다.`
  }),
  'config-bad-value': ({file, line, column, key, value, expected}) => ({
    text: `${file}:${line}:${column}: ${key} 값으로 ${value} 은(는) 쓸 수 없습니다.`,
    hint: `필요한 값: ${expectsKo(expected)}.`
  }),
  'config-bad-override': ({source, key, value, expected}) => ({
    text: `${source}: ${key} 값으로 ${value} 은(는) 쓸 수 없습니다.`,
    hint: `필요한 값: ${expectsKo(expected)}.`
  }),
  'config-unknown-override': ({source, key, nearest}) => ({
    text: `${source}: ${key} 라는 설정은 없습니다.`,
    hint: `${suggest(nearest)}logcaster config show 로 모든 설정을 볼 수 있습니다.`
  }),
  'config-secret-inline': ({file, line, column, key}) => ({
    text: `${file}:${line}:${column}: ${key} 은(는) 비밀 값이라 이 파일에 둘 수 없습니다.`,
    hint: `따로 파일(모드 0600)에 두고 ${key}_file 로 가리키세요.`
  }),
  'config-unquoted-range': ({file, line, column, value}) => ({
    text: `${file}:${line}:${column}: ${value} 이(가) 콜론으로 끝나 키로 읽힙니다.`,
    hint: `따옴표로 감싸세요: '${value}'`
  }),
  'config-unknown-check': ({file, line, column, key, id, nearest}) => ({
    text: `${file}:${line}:${column}: ${key} 이(가) 없는 점검 "${id}" 을(를) 가리킵니다.`,
    hint: `${suggest(nearest)}logcaster daily-check --list 로 모두 볼 수 있습니다.`
  }),
  'config-more-problems': ({file, more}) => ({
    text: `${file}: 그 밖에 문제 ${more}개.`,
    hint: '위의 것부터 고치세요. 나머지는 그 결과일 수 있습니다.'
  }),
  'config-exists': ({path}) => ({
    text: `${path} 이(가) 이미 있어 그대로 두었습니다.`,
    hint: 'logcaster config init --print 로 새 예시를 출력하거나 다른 경로를 고르세요.'
  }),
  'file-unreadable': ({path, reason}, write) => ({
    text: `${path} 을(를) 읽을 수 없습니다: ${reason}.`,
    hint: `확인: ls -l ${write.word(path)}`
  }),
  'file-unwritable': ({path, reason}) => ({
    text: `${path} 에 쓸 수 없습니다: ${reason}.`,
    hint: '여유 공간과 권한을 확인하세요: 해당 폴더에서 df -h, ls -ld.'
  }),
  'state-unwritable': ({path, reason}) => ({
    text: `이번 점검 결과를 ${path} 에 기억하지 못했습니다: ${reason}.`,
    hint: '지난 점검과 비교하는 항목에 필요합니다. paths.state 에 여유 공간이 있고 쓸 수 있는 폴더를 지정하세요.'
  }),
  'state-damaged': ({path, movedTo}) => ({
    text: `${path} 이(가) 손상되어 ${movedTo} 로 옮겨 두었습니다.`,
    hint: '할 일은 없습니다. 지난 점검과의 비교는 새로 시작합니다.'
  }),
  'state-unsafe': ({path, reason, owner, mode}) => ({
    text:
      reason === 'owner'
        ? `지난 점검 기록을 쓰지 않았습니다: ${path} 의 소유자가 사용자 ${owner} 라서 바꿀 수 있습니다.`
        : `지난 점검 기록을 쓰지 않았습니다: ${path} 에 다른 사용자가 쓸 수 있습니다(권한 ${mode}).`,
    hint: 'paths.state 에 root 만 쓸 수 있는 폴더를 지정하세요. 그 위의 폴더도 모두 그래야 합니다.'
  }),
  'state-newer': ({path, format, known}) => ({
    text: `${path} 은(는) 더 새로운 logcaster 가 쓴 파일입니다(형식 ${format}, 이 버전은 ${known} 까지).`,
    hint: 'logcaster 를 올리거나 다른 paths.state 를 쓰세요.'
  }),
  'ping-failed': ({reason}) => ({
    text: `점검 완료를 알릴 웹 주소가 응답하지 않았습니다: ${reason}.`,
    hint: '판정은 그대로입니다. 주소와 네트워크를 확인하세요.'
  }),
  'lock-conflict': ({resource, run, command, user, pid, host, sinceMs, isPastLease}, write) => ({
    text:
      command === ''
        ? `${resource} 은(는) ${write.time(sinceMs)} 부터 잠겨 있습니다. 사용자 ${user} 의 잠금 파일을 해석할 수 없습니다.`
        : `${resource} 은(는) ${write.time(sinceMs)} 부터 ${command} 이(가) 잠그고 있습니다(실행 ${run}, 사용자 ${user}, ${host} 의 프로세스 ${pid})${isPastLease ? '. 예정 시간을 넘겼습니다' : ''}.`,
    hint: '끝나기를 기다리거나 --wait 30s 로 기다리세요. logcaster locks 가 모든 잠금과 푸는 방법을 보여 줍니다.'
  }),
  'lock-unwritable': ({path, reason}, write) => ({
    text: `${path} 에 잠금을 만들 수 없습니다: ${reason}. 잠금 없이는 아무것도 바꾸지 않습니다.`,
    hint: `여유 공간과 권한을 확인하세요: ls -ld ${write.word(path)}`
  }),
  'journal-unwritable': ({path, reason}, write) => ({
    text: `저널 ${path} 에 쓸 수 없습니다: ${reason}. 기록할 수 없는 일은 시작하지 않습니다.`,
    hint: `여유 공간과 권한을 확인하세요: ls -ld ${write.word(path)}`
  }),
  'journal-unsafe': ({path, reason, owner, mode}, write) => ({
    text:
      reason === 'owner'
        ? `다른 사용자가 바꿀 수 있는 곳에는 저널을 두지 않습니다: ${path} 의 소유자는 사용자 ${owner} 입니다.`
        : `다른 사용자가 바꿀 수 있는 곳에는 저널을 두지 않습니다: ${path} 에 다른 사용자가 쓸 수 있습니다(권한 ${mode}).`,
    hint: `paths.state 에 자신만 쓸 수 있는 자신의 폴더를 지정하거나 이 폴더를 고치세요: ls -ld ${write.word(path)}`
  }),
  'journal-newer': ({path, format, known}) => ({
    text: `${path} 은(는) 더 새로운 logcaster 가 쓴 파일입니다(형식 ${format}, 이 버전은 ${known} 까지).`,
    hint: 'logcaster 를 올리거나 다른 paths.state 를 쓰세요.'
  }),
  ...stepFaultsKo,
  ...fileFaultsKo,
  'output-failed': ({reason}) => ({
    text: `결과를 표준 출력에 쓰지 못했습니다: ${reason}.`,
    hint: '출력을 보내는 디스크가 가득 찼는지 확인하세요.'
  }),
  'process-protected': ({pid}) => ({
    text: `프로세스 ${pid} 에는 신호를 보내지 않습니다.`,
    hint: '2 보다 작은 번호는 "프로세스 없음" 또는 시스템 자체를 뜻합니다.'
  }),
  ...runFaultsKo,
  ...runbookFaultsKo,
  ...serverFaultsKo,
  ...walFaultsKo,
  ...sendFaultsKo,
  interrupted: ({signal}) => ({text: `중단되었습니다(${signal}).`, hint: '시작한 일은 정리했거나 여기서 알려 줍니다.'}),
  terminated: ({signal}) => ({
    text: `종료 요청을 받았습니다(${signal}).`,
    hint: '시작한 일은 정리했거나 여기서 알려 줍니다.'
  }),
  bug: ({detail}) => ({
    text: `logcaster 자체의 결함입니다: ${detail}`,
    hint: '같은 명령을 --verbose 로 실행한 출력과 함께 알려 주세요.'
  })
}
