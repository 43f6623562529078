import {counted} from './counted-en.ts'
import type {Catalogue} from './say.ts'

/** Those that are not off. */
function ports(named: readonly (readonly [string, string | null])[]): string {
  const open = named.flatMap(([name, address]) => (address === null ? [] : [`${name} ${address}`]))
  return open.length === 0 ? 'nowhere' : open.join(', ')
}

/** What the log server tells of itself while it runs. */
export const serverFindingsEn = {
  'server-down': ({unit, result, log}, write) => ({
    text: `${unit} is not running (${result})`,
    hint: `See why: tail ${write.word(log)}; start it: logcaster server start`
  }),
  'server-off': ({unit}) => ({text: `${unit} is stopped`, hint: 'logcaster server start'}),
  'server-changing': ({unit, active, sub, log}, write) => ({
    text: `${unit} is ${active} (${sub})`,
    hint: `Watch it: tail ${write.word(log)}; end it: logcaster server stop`
  }),
  'server-unsupervised': ({unit, pid}) => ({
    text: `${unit} runs without its supervisor: when process ${pid} ends, nobody starts it again`,
    hint: 'logcaster server restart'
  }),
  'server-listens': ({log, query, http}) => ({
    text: `listens: ${ports([
      ['lines on', log],
      ['queries on', query],
      ['HTTP on', http]
    ])}`
  }),
  'server-keeps': ({path, durability}) => ({text: `keeps records in ${path} (durability ${durability})`}),
  'server-keeps-nothing': () => ({
    text: 'keeps records in memory only: they are gone when it ends',
    hint: 'To keep them: --data-dir DIR'
  }),
  'server-in-front': () => ({text: 'runs until Ctrl-C'}),
  'server-stopping': ({signal}) => ({text: `stops (${signal}): takes no more, and stores what it has`}),
  'server-stopped': ({records, isKept}) => ({
    text: `stopped; ${counted(records, 'record')} taken${isKept ? ', all of them stored' : ''}`
  }),
  'server-supervision-ended': ({unit, restarts}) => ({
    text: `${unit} has ended; it was started again ${counted(restarts, 'time')} meanwhile`
  }),
  'server-reloaded': ({settings}) => ({
    text: settings === '' ? 'read its settings again: nothing has changed' : `goes by new settings: ${settings}`
  }),
  'server-reload-refused': ({problems, first, path}, write) => ({
    text: `keeps its settings: the new ones have ${counted(problems, 'problem')}, the first: ${first}`,
    hint: `All of them: logcaster config check${path === null ? '' : ` --config ${write.word(path)}`}`
  }),
  'server-restart-needed': ({settings}) => ({
    text: `these settings have changed and wait for a restart: ${settings}`,
    hint: 'logcaster server restart'
  }),
  'server-notices-left-out': ({count}) => ({text: `${counted(count, 'notice')} left out: there were too many`}),
  'server-variable-unused': ({name}) => ({
    text: `${name} has no meaning here and is ignored`,
    hint: 'Take it out of the environment; writes and threads are sized by themselves.'
  }),
  'server-irc-absent': () => ({
    text: 'there is no IRC gateway yet; everything else runs',
    hint: 'Leave -i and -I away until there is one.'
  }),
  'server-size-mapped': ({megabytes, files}, write) => ({
    text: `-s ${megabytes} stands for ${files} files of that size: ${write.size(files * megabytes * 1_048_576)} are kept`,
    hint: 'Say how much is to be kept: --retain-bytes SIZE'
  }),
  'server-port-changed': ({taken, holder, port}) => ({
    text: `port ${taken} is taken${holder === null ? '' : ` by ${holder}`}; ${port} is used instead`,
    hint: `To have ${taken}, end what holds it: ss -ltnp`
  }),
  'server-protocol-refused': ({peer, protocol}) => ({
    text: `${peer} ${protocol === 'tls' ? 'wants TLS on the port for lines, which takes plain text only' : 'sends a binary protocol to the port for lines'}: turned down`,
    hint:
      protocol === 'tls'
        ? 'Switch TLS off at the sender, or put a TLS proxy in front.'
        : 'Let it send text lines, syslog or JSON lines; Fluent Bit does with output tcp and format json_lines.'
  }),
  'server-clients-full': ({clientsMax, turnedAway}) => ({
    text: `${counted(turnedAway, 'connection')} turned away: there are ${clientsMax} already`,
    hint: 'Raise --max-clients, or look for a sender that opens one after the other: ss -tn'
  }),
  'server-queue-full': ({queueBytesMax, forMs}, write) => ({
    text: `the queue of ${write.size(queueBytesMax)} is full for ${write.duration(forMs)} now: no lines are taken until half of it is on disk`,
    hint: 'Is the disk slow or stuck? iostat -x 1; a larger --queue-bytes only helps over short peaks.'
  }),
  'server-queue-flows': ({afterMs}, write) => ({
    text: `lines are taken again after ${write.duration(afterMs)}`
  }),
  'wal-torn': ({file, from, bytes}, write) => ({
    text: `${file} ends in the middle of a write: ${write.size(bytes)} from byte ${from} on were not acknowledged and are cut off`
  }),
  'wal-damaged': ({file, from, to, seqFrom, seqTo, copy}, write) => ({
    text: `${file} is damaged from byte ${from} to ${to}: ${
      seqTo > seqFrom ? `records ${write.number(seqFrom)} to ${write.number(seqTo - 1)} are lost` : 'no record is lost'
    }${copy === null ? '' : `; a copy is in ${copy}`}`,
    hint: 'Look at the disk (dmesg, smartctl); all that is damaged: logcaster server wal verify'
  }),
  'wal-stuck': ({path, why, reason}) => ({
    text: `${stuckWords[why]} (${path}, ${reason}): what comes in waits, and nothing is acknowledged`,
    hint: 'It goes on by itself once the disk takes writes again; see df -h, dmesg, and --min-free.'
  }),
  'wal-taken': ({path}, write) => ({
    text: `another server took ${path} while this one stood still: this one ends at once, so that only one writes`,
    hint: `Who has it: ls -l ${write.word(path)}; was a container or a machine paused?`
  }),
  'wal-goes-on': ({path, afterMs}, write) => ({
    text: `${path} takes writes again, after ${write.duration(afterMs)}; what waited is written`
  }),
  'wal-lease-dropped': ({path, lease}) => ({
    text: `the disk of ${path} has no room left: checkpoint ${lease} is given up, and its oldest segment is used again`,
    hint: 'A backup that was copying it has to begin anew; make room first, and let it release its checkpoint when done.'
  })
} satisfies Partial<Catalogue['findings']>

const stuckWords = {
  full: 'the disk of the log is full',
  'read-only': 'the disk of the log is read-only',
  error: 'the log cannot be written',
  stalled: 'the disk of the log does not answer'
} as const
