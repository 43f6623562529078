import {assert} from '../base/assert.ts'
import type {Range} from '../base/range.ts'
import {serverSettings} from './server-settings.ts'
import {
  checkId,
  checkPattern,
  choice,
  date,
  duration,
  endpoint,
  list,
  map,
  nullable,
  path,
  range,
  record,
  secret,
  section,
  setting,
  size,
  text,
  type RangeUnit,
  type Setting,
  type ValueOf
} from './shape.ts'

/**
 * Every setting once: type, unit, default and meaning. The example file, `config show`, the docs table, the names of
 * environment variables and the types come from here. The thresholds of `checks` are the only ones in the product.
 */
export const schema = section(
  {en: 'The configuration of logcaster', ko: 'logcaster 설정'},
  {
    paths: section(
      {en: 'Where things are', ko: '파일 위치'},
      {
        data: setting(path(), '/var/lib/logcaster', {
          en: 'The data folder of the service',
          ko: '서비스 데이터 폴더'
        }),
        config: setting(path(), '/etc/logcaster', {en: 'The configuration folder', ko: '설정 폴더'}),
        logs: setting(path(), '/var/log/logcaster', {
          en: 'The folder with the log files of the service',
          ko: '서비스 로그 파일 폴더'
        }),
        state: setting(nullable(path()), null, {
          en: 'What logcaster itself remembers between runs; unset: /var/lib/logcaster/state as root, else the XDG state folder',
          ko: '실행 사이에 logcaster가 기억하는 상태; 비워 두면 root는 /var/lib/logcaster/state, 그 외에는 XDG 상태 폴더'
        })
      }
    ),
    service: section(
      {en: 'The service that is operated', ko: '운영 대상 서비스'},
      {
        unit: setting(nullable(text()), null, {
          en: 'Name of the service unit, such as logcaster.service',
          ko: '서비스 유닛 이름 (예: logcaster.service)'
        }),
        manager: setting(choice('auto', 'systemd', 'pidfile', 'none'), 'auto', {
          en: 'What keeps the service running; auto looks at the machine, pidfile is our own supervisor',
          ko: '서비스 관리자; auto는 시스템을 보고 판단, pidfile은 자체 감독 프로세스'
        })
      }
    ),
    server: serverSettings,
    checks: section(
      {en: 'What is checked, and from when on it is bad', ko: '점검 항목과 임계값'},
      {
        deadline: setting(duration(), 10_000, {en: 'Longest time for one check', ko: '점검 하나의 최대 시간'}),
        since: setting(duration(), 86_400_000, {
          en: 'The window that is looked back on',
          ko: '되돌아보는 기간'
        }),
        skip: setting(list(record({id: checkId(), reason: text(), until: nullable(date())})), [], {
          en: 'Checks that are left out for a reason, until a date',
          ko: '사유와 만료일을 두고 건너뛸 점검'
        }),
        profiles: setting(map(list(checkPattern())), new Map(), {
          en: 'Named selections of check ids for --profile',
          ko: '--profile 로 고르는 점검 묶음'
        }),
        ping_url: secret({
          en: 'Web address that is told of each finished run',
          ko: '점검이 끝날 때마다 알릴 웹 주소'
        }),
        'service.restarts': section(
          {en: 'Restarts of the service since the last run', ko: '지난 점검 이후 서비스 재시작 횟수'},
          limits('count', '0', '5')
        ),
        port: section(
          {en: 'The ports of the log server', ko: '로그 서버 포트'},
          {
            connect: setting(duration(), 3000, {en: 'Longest time to connect', ko: '연결 최대 시간'})
          }
        ),
        'disk.space': section(
          {en: 'Free space, in percent', ko: '디스크 여유 공간 (퍼센트)'},
          {
            ...limits('percent', '20%:', '10%:'),
            paths: setting(list(path()), [], {
              en: 'More paths whose file systems are looked at',
              ko: '추가로 살펴볼 경로'
            })
          }
        ),
        'disk.inodes': section(
          {en: 'Free inodes, in percent', ko: '여유 아이노드 (퍼센트)'},
          limits('percent', '20%:', '10%:')
        ),
        'disk.forecast': section(
          {en: 'Time until the disk is full', ko: '디스크가 가득 찰 때까지 남은 시간'},
          limits('duration', '7d:', '1d:')
        ),
        'mem.available': section(
          {en: 'Memory that can still be had, in percent of the limit', ko: '사용 가능한 메모리 (한도 대비 퍼센트)'},
          limits('percent', '20%:', '5%:')
        ),
        'mem.oom': section(
          {
            en: 'Processes killed for lack of memory since the last run',
            ko: '지난 점검 이후 메모리 부족으로 종료된 프로세스'
          },
          limits('count', null, '0')
        ),
        'load.pressure': section(
          {
            en: 'Time in which all work stood still for memory or disk, in percent',
            ko: '메모리나 디스크 때문에 모든 작업이 멈춘 시간 (퍼센트)'
          },
          limits('percent', '25%', '60%')
        ),
        'fd.usage': section(
          {en: 'Open descriptors, in percent of the limit', ko: '열린 디스크립터 (한도 대비 퍼센트)'},
          limits('percent', '80%', '95%')
        ),
        'log.errors': section(
          {en: 'Lines of level error and above in the window', ko: '기간 안의 error 이상 로그 줄 수'},
          {
            ...limits('count', '10', '100'),
            read_max: setting(size(), 268_435_456, {
              en: 'Most bytes read of one file: its last ones, of a compressed file the first ones it unpacks to',
              ko: '파일 하나에서 읽는 최대 크기: 끝부분, 압축 파일은 푼 내용의 앞부분'
            })
          }
        ),
        'log.freshness': section(
          {en: 'Time since a log file was last written', ko: '마지막으로 로그가 쓰인 뒤 지난 시간'},
          limits('duration', '1h', '24h')
        ),
        'cert.expiry': section(
          {en: 'Time until a certificate expires', ko: '인증서 만료까지 남은 시간'},
          {
            endpoints: setting(list(endpoint()), [], {
              en: 'Where certificates are shown, as host:port',
              ko: '인증서를 확인할 곳 (host:port)'
            }),
            name: setting(nullable(text()), null, {
              en: 'The name that is asked for and verified; unset: the host',
              ko: '요청하고 검증할 이름; 비워 두면 호스트 이름'
            }),
            ca_file: setting(nullable(path()), null, {
              en: 'Authorities to trust instead of the usual ones',
              ko: '기본 대신 신뢰할 인증 기관 파일'
            }),
            ...limits('duration', '21d:', '7d:')
          }
        ),
        'clock.sync': section(
          {en: 'How far the clock is off, either way', ko: '시계 오차'},
          limits('duration', '500ms', '10s')
        ),
        'k8s.pods': section(
          {en: 'Pods that are not ready', ko: '준비되지 않은 파드 수'},
          {
            namespace: setting(nullable(text()), null, {
              en: 'Namespace to look at; unset: pods are not checked',
              ko: '살펴볼 네임스페이스; 비워 두면 점검하지 않음'
            }),
            selector: setting(text(), 'app=logcaster', {en: 'Label selector of the pods', ko: '파드 레이블 선택자'}),
            context: setting(nullable(text()), null, {en: 'Context of kubectl', ko: 'kubectl 컨텍스트'}),
            ...limits('count', null, '0')
          }
        )
      }
    ),
    runbooks: section(
      {en: 'Runbooks of your own', ko: '사용자 런북'},
      {
        folders: setting(list(path()), [], {
          en: 'Folders with runbooks besides the shipped ones',
          ko: '기본 제공 외에 런북을 찾을 폴더'
        })
      }
    )
  }
)

export type Config = ValueOf<typeof schema>

type Limits = Readonly<Record<'warning' | 'critical', Setting<Range | null>>>

/** The two thresholds of a check. Null: never. */
function limits(unit: RangeUnit, warning: string | null, critical: string | null): Limits {
  const kind = range(unit)
  const parse = (written: string | null): Range | null => {
    const parsed = kind.parse(written)
    assert(parsed !== undefined, `a default threshold that its own kind refuses: ${String(written)}`)
    return parsed
  }
  return {
    warning: setting(kind, parse(warning), {en: 'Warning when outside this range', ko: '이 범위를 벗어나면 경고'}),
    critical: setting(kind, parse(critical), {en: 'Critical when outside this range', ko: '이 범위를 벗어나면 위험'})
  }
}
