import {choice, duration, flag, nullable, path, section, setting, size, sizeBetween, text, whole} from './shape.ts'
import type {ValueOf} from './shape.ts'

const mebi = 1 << 20

/** Of the log server. Its command has a flag for each of these but `host`, with the same words and bounds. */
export const serverSettings = section(
  {en: 'The log server and its ports', ko: '로그 서버와 포트'},
  {
    host: setting(nullable(text()), null, {
      en: 'Address of the log server; unset: its ports are not checked',
      ko: '로그 서버 주소; 비워 두면 포트를 점검하지 않음'
    }),
    log_port: setting(nullable(whole({min: 1, max: 65535})), 9999, {
      en: 'Port that takes log lines',
      ko: '로그 수신 포트'
    }),
    query_port: setting(nullable(whole({min: 1, max: 65535})), 9998, {
      en: 'Port that answers queries',
      ko: '조회 포트'
    }),
    http_port: setting(nullable(whole({min: 1, max: 65535})), 8080, {
      en: 'Port with /health over HTTP',
      ko: 'HTTP /health 포트'
    }),
    listen: setting(nullable(text()), null, {
      en: 'Address that the server listens on; unset: 127.0.0.1 and ::1',
      ko: '서버가 듣는 주소; 비워 두면 127.0.0.1 과 ::1'
    }),
    insecure: setting(flag(), false, {
      en: 'Listen for other machines, too, although anybody there can then read and write',
      ko: '누구나 읽고 쓸 수 있게 되더라도 다른 시스템에서 오는 연결도 받음'
    }),
    data_dir: setting(nullable(path()), null, {
      en: 'Folder that keeps what is taken; unset: nothing is written to disk',
      ko: '받은 것을 보관할 폴더; 비워 두면 디스크에 쓰지 않음'
    }),
    durability: setting(nullable(choice('none', 'os', 'interval', 'commit')), null, {
      en: 'When a line counts as stored; unset: commit with a data folder, none without',
      ko: '언제 저장된 것으로 볼지; 비워 두면 데이터 폴더가 있으면 commit, 없으면 none'
    }),
    // The index of the ring takes 16 bytes a line: 256 MiB at most.
    ring_lines: setting(whole({min: 1, max: 1 << 24}), 10_000, {
      en: 'Most lines that queries see',
      ko: '조회로 볼 수 있는 최대 줄 수'
    }),
    ring_bytes: setting(sizeBetween(mebi, 2048 * mebi), 64 * mebi, {
      en: 'Memory for these lines; never less than twice queue_bytes',
      ko: '이 줄들을 담을 메모리; queue_bytes 의 두 배보다 작아지지 않음'
    }),
    max_line: setting(sizeBetween(256, mebi), 65_536, {
      en: 'Longest line; the rest of a longer one is cut off and marked',
      ko: '가장 긴 줄; 더 긴 줄은 잘라 내고 표시함'
    }),
    // The log is kept in at least eight files of at least 1 MiB, so that giving one up gives up an eighth at most.
    retain_bytes: setting(sizeBetween(8 * mebi, 2 ** 46), 1024 * mebi, {
      en: 'Most bytes kept on disk, the oldest are given up first',
      ko: '디스크에 보관할 최대 크기, 오래된 것부터 버림'
    }),
    retain_age: setting(duration(), 604_800_000, {
      en: 'How long lines are kept on disk; 0: as long as there is room',
      ko: '디스크에 보관할 기간; 0 이면 공간이 있는 동안'
    }),
    min_free: setting(nullable(size()), null, {
      en: 'Space on the disk that is left to others; unset: 5% of the disk, at least 1 GiB, or 10% of a small disk',
      ko: '디스크에 남겨 둘 공간; 비워 두면 디스크의 5%, 적어도 1 GiB, 작은 디스크에서는 10%'
    }),
    // The ring has to hold the queue twice.
    queue_bytes: setting(sizeBetween(65_536, 1024 * mebi), 32 * mebi, {
      en: 'Most bytes taken but not stored yet; at that the server stops reading; never less than 8 times max_line',
      ko: '받았지만 아직 저장하지 못한 최대 크기; 여기에 이르면 읽기를 멈춤; max_line 의 8배보다 작아지지 않음'
    }),
    max_clients: setting(whole({min: 1, max: 1_000_000}), 16_384, {
      en: 'Most connections to the log port at a time',
      ko: '로그 포트의 최대 동시 연결 수'
    }),
    lenient_query: setting(flag(), false, {
      en: 'Leave words of a query out that nobody knows, instead of refusing it',
      ko: '조회에 모르는 말이 있어도 거부하지 않고 무시함'
    }),
    drain: setting(duration(), 10_000, {
      en: 'Longest time to store what was taken when the server is stopped',
      ko: '서버를 멈출 때 받은 것을 저장하는 최대 시간'
    })
  }
)

export type ServerSettings = ValueOf<typeof serverSettings>
