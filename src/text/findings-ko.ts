import type {Catalogue} from './say.ts'
import {serverFindingsKo} from './findings-server-ko.ts'
import {walFindingsKo} from './findings-wal-ko.ts'
import {sendFindingsKo} from './send-ko.ts'
import {stepFindingsKo} from './steps-ko.ts'

export const findingsKo: Catalogue['findings'] = {
  'not-configured': ({setting}) => ({text: `설정되지 않음 (${setting})`}),
  'not-on-this-machine': ({what}) => ({text: `이 시스템에 없음: ${what}`}),
  'no-history': () => ({text: '비교할 지난 점검이 아직 부족함'}),
  'skipped-by-config': ({reason, until}) => ({text: until === null ? reason : `${until} 까지: ${reason}`}),
  'skipped-because': ({parent}) => ({text: `${parent} 때문`}),
  'check-timed-out': ({deadlineMs}, write) => ({
    text: `${write.duration(deadlineMs)} 안에 답이 없음`,
    hint: '마운트, 네임 서버, 프로그램 가운데 무언가가 멈춰 있습니다. 느릴 뿐이라면 checks.deadline 을 (--timeout 을 주었다면 그것도) 늘리세요.'
  }),
  'check-interrupted': () => ({text: '답을 얻기 전에 중단됨'}),
  'check-broke': ({detail}) => ({
    text: `점검 자체가 실패함: ${detail}`,
    hint: 'logcaster 의 결함입니다. 알려 주세요.'
  }),
  'not-readable': ({path, reason}, write) => ({
    text: `${path} 을(를) 읽을 수 없음 (${reason})`,
    hint: `읽을 수 있는 사용자로 실행하거나 확인하세요: ls -ld ${write.word(path)}`
  }),
  'path-missing': ({path, setting}) => ({
    text: `${path} 이(가) 없음 (${setting})`,
    hint: `만들거나 설정의 ${setting} 을(를) 고치세요.`
  }),
  'mount-silent': ({path, afterMs}, write) => ({
    text: `${path} 의 파일 시스템이 ${write.duration(afterMs)} 안에 답하지 않음`,
    hint: '서버가 사라진 네트워크 마운트인가요? findmnt 로 확인하고 ls, df 는 피하세요.'
  }),
  'program-missing': ({program}) => ({
    text: `프로그램 ${program} 이(가) 설치되어 있지 않음`,
    hint: `${program} 을(를) 설치하거나 checks.skip 에 사유를 적고 이 점검을 빼세요.`
  }),
  'program-failed': ({program, how, detail}) => ({
    text: `${program} 실패 (${how})${detail === '' ? '' : `: ${detail}`}`,
    hint: '직접 실행해 보면 더 알 수 있습니다.'
  }),

  'service-up': ({unit, sub, sinceMs}, write) => ({
    text: `${unit} ${sub}${sinceMs === null ? '' : `, ${write.time(sinceMs)} 부터`}`
  }),
  'service-down': ({unit, active}, write) => ({
    text: `${unit} 이(가) 실행되고 있지 않음 (${active})`,
    hint: `원인: journalctl -u ${write.word(unit)} -n 50; 시작: systemctl start ${write.word(unit)}`
  }),
  'service-failed': ({unit, result}, write) => ({
    text: `${unit} 이(가) 실패함 (${result})`,
    hint: `원인: journalctl -u ${write.word(unit)} -n 50; 그다음: systemctl start ${write.word(unit)}`
  }),
  'service-start-limited': ({unit, restarts, result}, write) => ({
    text: `${unit} 이(가) 연달아 ${restarts + 1}번 실패해 더는 시작되지 않음 (${result})`,
    hint: `먼저 원인을 고치세요: journalctl -u ${write.word(unit)}; 그다음: systemctl reset-failed ${write.word(unit)} && systemctl start ${write.word(unit)}`
  }),
  'service-frozen': ({unit, pid}) => ({
    text: `${unit} 이(가) 멈춰 있음: 프로세스 ${pid} 이(가) SIGSTOP 을 받음`,
    hint: `누가 멈췄는지 확인한 뒤: kill -CONT ${pid}`
  }),
  'service-changing': ({unit, active, sub}, write) => ({
    text: `${unit} 상태가 바뀌는 중: ${active} (${sub})`,
    hint: `지켜보기: systemctl status ${write.word(unit)}`
  }),
  'service-ignores-stop': ({unit, pid}, write) => ({
    text: `${unit} 에 종료를 요청했지만 프로세스 ${pid} 이(가) 끝나지 않음`,
    hint: `TimeoutStopSec 이 지나면 systemd 가 강제로 끝냅니다: systemctl status ${write.word(unit)}`
  }),
  'service-unknown-unit': ({unit}) => ({
    text: `${unit} 이라는 유닛이 없음`,
    hint: 'service.unit 을 고치세요. 이름은 systemctl list-unit-files 로 볼 수 있습니다.'
  }),
  'service-masked': ({unit}, write) => ({
    text: `${unit} 이(가) mask 되어 시작할 수 없음`,
    hint: `systemctl unmask ${write.word(unit)}`
  }),
  'service-no-manager': ({unit}) => ({
    text: `서비스 관리자가 없어 ${unit} 상태를 알 수 없음`,
    hint: '의도한 것이라면 service.manager 를 none 으로 설정하세요.'
  }),
  'service-unanswered': ({unit, reason}) => ({
    text: `서비스 관리자가 ${unit} 에 대해 답하지 않음: ${reason}`,
    hint: '확인: systemctl is-system-running'
  }),
  'service-restarts': ({unit, growth, sinceMs}, write) => ({
    text: `${unit}: ${write.time(sinceMs)} 이후 재시작 ${growth}번`,
    hint: `원인: journalctl -u ${write.word(unit)} --since "${write.time(sinceMs)}"`
  }),

  'port-answers': ({address, protocol, connectedMs}, write) => ({
    text: `${address} 이(가) ${protocol} 에 응답함 (연결 ${write.duration(connectedMs)})`
  }),
  'port-open': ({address, connectedMs}, write) => ({
    text: `${address} 연결됨 (${write.duration(connectedMs)}); 우리 서버인지 알 수 없어 아무것도 보내지 않음`
  }),
  'port-unreachable': ({address, reason}) => ({
    text: `${address} 에 연결할 수 없음: ${reason}`,
    hint: '서버가 실행 중이고 그 주소에서 듣고 있나요? ss -ltn 으로 확인하세요.'
  }),
  'port-unresolved': ({host, reason}, write) => ({
    text: `이름 ${host} 의 주소를 찾을 수 없음: ${reason}`,
    hint: `확인: getent ahosts ${write.word(host)}`
  }),
  'port-silent': ({address, protocol}) => ({
    text: `${address} 은(는) 연결되지만 ${protocol} 에 답하지 않음`,
    hint: '서버가 멈췄거나 과부하일 수 있습니다. 서버 로그와 부하를 확인하세요.'
  }),
  'port-wrong-protocol': ({address, protocol, got}) => ({
    text: `${address} 은(는) ${protocol} 을(를) 말하지 않음; 받은 답: ${got}`,
    hint: '다른 프로그램이 이 포트를 쓰고 있을 수 있습니다: ss -ltnp'
  }),
  'port-unhealthy': ({address, state}, write) => ({
    text: `${address} 이(가) 스스로 보고한 상태: ${state}`,
    hint: `이유 확인: curl ${write.word(`http://${address}/health`)}`
  }),
  'server-connections': ({connections}) => ({text: `서버가 센 연결 수: ${connections}`}),
  'server-counters': ({total, dropped, current}) => ({
    text: `로그 줄: 전체 ${total}, 메모리 ${current}, 밀려남 ${dropped}`
  }),

  'disk-free': ({path, freePercent, freeBytes, totalBytes}, write) => ({
    text: `${path}: 여유 ${write.number(freePercent)}% (${write.size(totalBytes)} 중 ${write.size(freeBytes)})`,
    hint: `큰 것 찾기: du -xh --max-depth=2 ${write.word(path)} | sort -h | tail`
  }),
  'disk-read-only': ({path, mount}) => ({
    text: `${path} 에 쓸 수 없음: ${mount} 이(가) 읽기 전용으로 마운트됨`,
    hint: '일부러 한 것이 아니라면 디스크 오류입니다: dmesg | tail -50'
  }),
  'inodes-free': ({path, freePercent, free, total}, write) => ({
    text: `${path}: 여유 아이노드 ${write.number(freePercent)}% (${total} 중 ${free})`,
    hint: `파일이 아주 많은 폴더 찾기: du --inodes -x ${write.word(path)} | sort -n | tail`
  }),
  'inodes-unlimited': ({path}) => ({text: `${path}: 아이노드 수가 정해져 있지 않은 파일 시스템`}),
  'disk-full-in': ({path, fullInMs, growthBytesPerDay}, write) => ({
    text: `${path}: 이대로면 ${write.duration(fullInMs)} 뒤 가득 참 (하루 ${write.size(growthBytesPerDay)})`,
    hint: `늘어나는 것 찾기: du -xh --max-depth=2 ${write.word(path)} | sort -h | tail`
  }),
  'disk-not-growing': ({path}) => ({text: `${path}: 늘어나지 않음`}),

  'memory-available': ({availablePercent, availableBytes, totalBytes, limitedBy}, write) => ({
    text: `사용 가능 ${write.number(availablePercent)}% (${limitedBy === 'cgroup' ? '컨테이너 한도 ' : ''}${write.size(totalBytes)} 중 ${write.size(availableBytes)})`,
    hint: '많이 쓰는 프로세스: ps -eo pid,rss,comm --sort=-rss | head'
  }),
  'oom-kills': ({count, sinceMs}, write) => ({
    text: `${write.time(sinceMs)} 이후 메모리 부족으로 종료된 프로세스 ${count}개`,
    hint: '확인: journalctl -k -g "Killed process"'
  }),
  'oom-victim': ({process, pid, atMs}, write) => ({text: `${write.time(atMs)} ${process} (${pid})`}),
  pressure: ({resource, stalledPercent}, write) => ({
    text: `최근 5분 가운데 ${write.number(stalledPercent)}% 동안 모든 작업이 ${resource === 'memory' ? '메모리' : '디스크'}를 기다림`,
    hint: resource === 'memory' ? '메모리를 많이 쓰는 것을 찾으세요.' : '디스크가 한계입니다: iostat -x 5, iotop'
  }),
  'cpu-busy': ({busyPercent, cores}, write) => ({
    text: `지금 CPU 사용률 ${write.number(busyPercent)}% (코어 ${cores}개)`
  }),
  'descriptors-used': ({scope, usedPercent, used, limit}, write) => ({
    // Limits that no machine reaches; `unlimited` is no number at all.
    text:
      Number(limit) <= Number.MAX_SAFE_INTEGER
        ? `${scope}: 디스크립터 ${write.number(usedPercent)}% 사용 (${limit} 중 ${used})`
        : `${scope}: 디스크립터 ${used}개 사용, 한도 없음`,
    hint: '새고 있나요? 수를 지켜보세요: ls /proc/PID/fd | wc -l'
  }),

  'log-errors': ({errors, lines, errorPercent, perHour, signatures, newSignatures, windowMs}, write) => ({
    text:
      `최근 ${write.duration(windowMs)} 로그 ${lines}줄 가운데 오류 ${errors}줄` +
      (errors === 0 || errorPercent === null
        ? ''
        : ` (${write.number(errorPercent)}%, 시간당 ${write.number(perHour)}, ${signatures}종류, 새로운 것 ${newSignatures})`),
    hint: '읽지 못한 파일부터, 그다음 새로운 종류부터 보세요. 함께 적힌 파일에서 앞뒤 상황을 볼 수 있습니다.'
  }),
  'log-signature': ({signature, level, count, lastMs, isNew, path}, write) => ({
    text: `${isNew ? '새로움 ' : ''}${level} ×${count}, 마지막 ${write.time(lastMs)}, ${path}: ${signature}`
  }),
  'log-signatures-more': ({more}) => ({text: `그 밖에 ${more}종류`}),
  'log-file-unreadable': ({path, reason}) => ({
    text:
      reason === 'link'
        ? `${path} 은(는) 링크이며 root 로는 따라가지 않음`
        : `${path} 을(를) 읽을 수 없었음 (${reason})`
  }),
  'log-file-read-in-part': ({path, readBytes, totalBytes}, write) => ({
    text: `${path}: ${write.size(totalBytes)} 가운데 마지막 ${write.size(readBytes)} 만 읽음`
  }),
  'log-archive-read-in-part': ({path, readBytes}, write) => ({
    text: `${path}: 압축을 푼 내용 가운데 처음 ${write.size(readBytes)} 만 읽음`
  }),
  'log-files-more': ({more}) => ({text: `이런 파일이 그 밖에 ${more}개`}),
  'log-lines-ahead': ({path, lines, byMs}, write) => ({
    text: `${path}: 미래 시각의 ${lines}줄 (최대 ${write.duration(byMs)} 앞섬), 지금 것으로 셈`,
    hint: '시스템과 서비스의 시계와 시간대를 비교하세요.'
  }),
  'log-lines-undated': ({path, lines}) => ({
    text: `${path}: 시각이 없는 ${lines}줄은 파일 시각으로 셈`
  }),
  'log-written': ({path, ageMs}, write) => ({
    text: `마지막 기록 ${write.duration(ageMs)} 전 (${path})`,
    hint: '서비스가 로그를 쓰고 있고, 이 폴더(paths.logs)가 맞나요?'
  }),
  'log-none': ({path}) => ({
    text: `${path} 에 로그 파일이 없음`,
    hint: '이름은 .log 로 끝나야 합니다 (순환된 것: .log.1, .log-20261120, .gz, .zst).'
  }),

  certificate: ({endpoint, subject, leftMs, expiresMs}, write) => ({
    text: `${endpoint} (${subject}): ${write.duration(leftMs)} 남음, ${write.time(expiresMs)} 까지`,
    hint: '갱신하고 서비스를 다시 읽히세요.'
  }),
  'certificate-expired': ({endpoint, subject, agoMs}, write) => ({
    text: `${endpoint} (${subject}): ${write.duration(agoMs)} 전에 만료됨`,
    hint: '지금 갱신하고 서비스를 다시 읽히세요.'
  }),
  'certificate-not-yet-valid': ({endpoint, subject, startsMs}, write) => ({
    text: `${endpoint} (${subject}): ${write.time(startsMs)} 부터 유효`,
    hint: '이 시스템이나 발급한 곳의 시계가 틀렸을 수 있습니다.'
  }),
  'certificate-untrusted': ({endpoint, subject, reason}) => ({
    text: `${endpoint} (${subject}): 신뢰할 수 없는 체인: ${reason}`,
    hint: '중간 인증서를 함께 보내고 있나요? 사설 기관은 checks.cert.expiry.ca_file 에 지정합니다.'
  }),
  'certificate-wrong-name': ({endpoint, name, reason}) => ({
    text: `${endpoint}: ${name} 의 인증서가 아님: ${reason}`,
    hint: '클라이언트가 거부합니다. 이 이름으로 다시 발급하거나 checks.cert.expiry.name 을 고치세요.'
  }),
  'certificate-unreachable': ({endpoint, reason}, write) => ({
    text: `${endpoint}: 인증서를 받을 수 없음: ${reason}`,
    hint: `확인: openssl s_client -connect ${write.word(endpoint)}`
  }),

  ...stepFindingsKo,
  ...serverFindingsKo,
  ...walFindingsKo,
  ...sendFindingsKo,

  'clock-synchronised': ({source, offsetMs}, write) => ({
    text: `${source} 로 동기화됨${offsetMs === null ? '' : `, 오차 ${write.duration(Math.abs(offsetMs))}`}`,
    hint: '로그와 인증서가 시각에 달려 있습니다: chronyc sources, timedatectl timesync-status.'
  }),
  'clock-unsynchronised': ({source}) => ({
    text: `${source} 이(가) 실행 중이지만 시계를 맞추지 못함`,
    hint: '시간 서버에 닿을 수 있나요? chronyc sources, timedatectl timesync-status'
  }),

  'pods-ready': ({namespace, selector, ready, total}, write) => ({
    text:
      total === 0 ? `${namespace} 에 ${selector} 파드가 없음` : `${namespace}: 파드 ${total}개 중 ${ready}개 준비됨`,
    hint: `kubectl -n ${write.word(namespace)} describe pods -l ${write.word(selector)}`
  }),
  'pod-problem': ({pod, reason, restarts}) => ({text: `${pod}: ${reason}, 재시작 ${restarts}번`})
}
