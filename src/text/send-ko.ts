import type {Catalogue} from './say.ts'

/** 줄을 서버로 보내지 못했거나 다 보내지 못한 까닭. */
export const sendFaultsKo = {
  'send-file-absent': ({path}) => ({
    text: `${path} 파일이 없습니다.`,
    hint: '파일을 지정하거나, 표준 입력이면 - 를 쓰세요.'
  }),
  'send-file-changed': ({path, how, lines, cursor}, write) => ({
    text:
      how === 'shrank'
        ? `${path} 은(는) ${lines}줄이 확인된 뒤에 짧아졌습니다.`
        : `${path} 은(는) ${lines}줄이 확인된 그 파일이 아닙니다: 교체되었거나 순환되었습니다.`,
    hint:
      `옛 파일이 다른 이름으로 남아 있으면 먼저 끝내세요: logcaster send OLD --cursor ${write.word(cursor)}` +
      ' 그다음 --from start 로 이 파일을 첫 줄부터 보냅니다.'
  }),
  'send-cursor-damaged': ({path}) => ({
    text: `${path} 에서 파일을 어디까지 보냈는지 알 수 없습니다: logcaster send 가 쓴 내용이 아닙니다.`,
    hint: '그 파일을 치우세요. 그다음 --from server 는 서버에 있는 줄 수만큼 건너뛰고, --from start 는 모두 다시 보냅니다.'
  }),
  'send-cursor-foreign': ({path, session}) => ({
    text: `${path} 은(는) 세션 ${session} 의 진행을 담고 있는데 다른 세션이 지정되었습니다.`,
    hint: '그 세션을 이어 가려면 --session 을 빼고, 아니면 다른 커서 파일을 지정하세요.'
  }),
  'send-unreachable': ({server, reason}) => ({
    text: `${server} 에 연결할 수 없습니다: ${reason}.`,
    hint: '서버가 실행 중이고 로그 수신 포트가 맞는지 확인하세요. 같은 명령이 멈춘 곳부터 이어 갑니다. --timeout 10m 은 계속 시도합니다.'
  }),
  'send-not-understood': ({server, got}) => ({
    text:
      got === ''
        ? `${server} 은(는) 연결은 받지만 LOGCASTER/1 로 답하지 않습니다.`
        : `${server} 은(는) LOGCASTER/1 을 쓰지 않습니다. 받은 답은 "${got}" 입니다.`,
    hint: '--to 로 logcaster 서버의 로그 수신 포트를 지정하세요. 다른 서버에는 --plain 으로 확인 없이 보낼 수 있습니다.'
  }),
  'send-level-refused': ({server, ack, detail}) => ({
    text: `${server} 은(는) ${ack} 수준으로 확인해 줄 수 없습니다: ${detail}`,
    hint: '서버를 그 내구성으로 시작하거나 낮춰 요청하세요: --ack os 는 서버 종료에도 남고, --ack none 은 아무것도 약속하지 않습니다.'
  }),
  'send-refused': ({server, code, detail}) => ({
    text: `${server} 이(가) 줄을 거부했습니다: ${code} ${detail}`,
    hint: '서버가 말한 것을 고치세요. 옵션은 logcaster send --help 에 있습니다.'
  }),
  'send-session-busy': ({session, server}) => ({
    text: `${server} 의 세션 ${session} 을(를) 다른 송신자가 넘겨받았습니다.`,
    hint: '같은 파일을 동시에 두 번 보내고 있습니다: 다른 쪽이 끝나게 두세요.'
  }),
  'send-session-taken': ({session, server, stored}) => ({
    text: `${server} 에는 세션 ${session} 의 줄이 이미 ${stored}개 있으며, 이 입력의 것인지 알 수 없습니다.`,
    hint: '커서 파일이 있으면 지정하고, 아니면 다른 --session 을 쓰세요. 첫 줄부터 같은 입력이라면 --from server 가 서버에 있는 만큼 건너뜁니다.'
  }),
  'send-forgotten': ({session, server, stored, acknowledged}) => ({
    text: `${server} 은(는) 세션 ${session} 의 ${acknowledged}줄을 확인해 주었지만 지금은 ${stored}줄만 압니다.`,
    hint: '잃었거나, 하루가 지나 세션을 잊었거나, 다른 서버입니다. --from server 는 모르는 줄을 다시 보내고, --from cursor 는 확인된 적 없는 줄만 보냅니다.'
  }),
  'send-line-too-long': ({bytesMax}, write) => ({
    text: `표준 입력의 한 줄이 ${write.size(bytesMax)} 보다 길어 확인될 때까지 보관할 수 없습니다.`,
    hint: '입력을 먼저 파일에 쓰고 그 파일을 보내세요.'
  }),
  'send-late': ({afterMs}, write) => ({
    text: `${write.duration(afterMs)} 안에 모든 줄이 확인되지 않았습니다.`,
    hint: '같은 명령이 멈춘 곳부터 이어 갑니다.'
  }),
  'send-broken': ({server, reason}) => ({
    text: `${server} 와(과)의 연결이 끊겼습니다: ${reason}. 몇 줄이 도착했는지는 아무도 모릅니다.`,
    hint: '--plain 없이 보내면 logcaster 서버가 줄마다 확인해 주어 빠지거나 겹치지 않습니다.'
  }),
  'send-rejected': ({lines, code, detail}) => ({
    text: `서버가 ${lines}줄을 끝내 거부했습니다: ${code} ${detail}`,
    hint: '나머지는 모두 저장되었습니다. 서버가 말한 것을 찾아 고치고 그 줄을 새로 보내세요.'
  }),
  'send-lines-cut': ({lines, bytesMax}, write) => ({
    text: `${write.size(bytesMax)} 보다 긴 ${lines}줄을 서버가 자르고 표시해 두었습니다.`,
    hint: '서버를 더 큰 --max-line 으로 시작하면 온전히 보관합니다.'
  }),
  'send-again': ({lines, session}) => ({
    text: `서버가 확인해 주고도 잃은 세션 ${session} 의 ${lines}줄을 다시 보냈습니다.`,
    hint: '디스크에 저장하는 서버에 --ack commit 으로 보내면 일어나지 않습니다.'
  })
} satisfies Partial<Catalogue['faults']>

export const sendFindingsKo = {
  'send-done': ({input, lines, bytes, tookMs, resent, reconnects}, write) => ({
    text:
      `${input}: ${lines}줄(${write.size(bytes)}) 확인됨, ${write.duration(tookMs)} 걸림` +
      (resent + reconnects === 0 ? '' : `, 다시 보냄 ${resent}줄, 재연결 ${reconnects}번`)
  }),
  'send-nothing': ({input, lines}) => ({
    text: lines === 0 ? `${input}: 보낼 것이 없음` : `${input}: 보낼 것이 없음, ${lines}줄 모두 전에 확인됨`
  }),
  'send-part': ({input, lines, bytes, tookMs, upTo}, write) => ({
    text: `${input}: ${lines}줄(${write.size(bytes)}) 확인됨, ${write.duration(tookMs)} 걸림; 통틀어 ${upTo}번째 줄까지이며 나머지는 아님`
  }),
  'send-unacknowledged': ({input, lines, bytes, tookMs}, write) => ({
    text: `${input}: ${lines}줄(${write.size(bytes)}) 넘김, ${write.duration(tookMs)} 걸림; 아무도 확인하지 않음`
  })
} satisfies Partial<Catalogue['findings']>
