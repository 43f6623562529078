import {buildJournal} from '../ledger/entries.ts'
import {answered} from '../sim/network.ts'
import {exited} from '../sim/processes.ts'
import {up} from '../sim/services.ts'
import {simHost, type SimHost, type SimHostOptions} from '../sim/host.ts'
import {dayMs, hourMs} from './context.ts'

/** A machine on which every check has something to read, and all of it is well. */
export function healthyHost(options: SimHostOptions): SimHost {
  const host = simHost(options)
  putFiles(host)
  scriptPrograms(host)
  host.services.put('web.service', up({mainPid: 4711, restarts: 2}))
  host.network.answer('192.0.2.7:8080', answered(healthAnswer()))
  host.network.answer('192.0.2.7:9999', answered(healthAnswer()))
  host.network.answer('192.0.2.7:9998', answered('STATS: Total=10, Dropped=0, Current=10, Clients=1\n'))
  host.network.present('web.test:443', {
    status: 'answered',
    subject: 'web.test',
    issuer: 'An Authority',
    validFromMs: host.clock.now() - 30 * dayMs,
    validToMs: host.clock.now() + 60 * dayMs,
    chainProblem: '',
    nameProblem: ''
  })
  return host
}

/** The settings with which every check looks at that machine. Only here are its paths named. */
export const healthySettings: readonly string[] = [
  'paths.data=/srv/data',
  'paths.config=/srv/config',
  'paths.logs=/srv/logs',
  'checks.disk.space.paths=/srv/backup',
  'service.unit=web.service',
  'server.host=192.0.2.7',
  'checks.cert.expiry.endpoints=web.test:443',
  'checks.k8s.pods.namespace=prod'
]

export const healthyPaths = ['/', '/srv/data', '/srv/config', '/srv/logs', '/srv/backup'] as const

/** As our own server says it; others do not know their durability. */
export function healthAnswer(health: Readonly<Record<string, unknown>> = {}): string {
  const ours = {status: 'healthy', uptime: 5, connections: 3, logs_processed: 10, durability: 'commit', ...health}
  return httpAnswer(200, JSON.stringify(ours))
}

export function httpAnswer(code: number, body: string): string {
  const length = Buffer.byteLength(body)
  return `HTTP/1.1 ${code} Some Reason\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`
}

/** What `stat` prints of a file system with 4 KiB blocks, of 100 000 blocks and as many inodes. */
interface Numbers {
  readonly free?: number
  readonly inodesFree?: number
  /** Which file system it is. */
  readonly id?: string
}

export function statLine({free = 60_000, inodesFree = 60_000, id = 'a1'}: Numbers = {}): string {
  return `${id} 4096 100000 ${free} ${free} 100000 ${inodesFree}\n`
}

function putFiles({disk, clock}: SimHost): void {
  disk.putProc('/proc/self/mounts', '/dev/vda / ext4 rw,relatime 0 0\n')
  disk.putProc('/proc/self/cgroup', '0::/\n')
  disk.putProc('/proc/meminfo', 'MemTotal: 1000000 kB\nMemFree: 10000 kB\nMemAvailable: 600000 kB\n')
  disk.putProc('/proc/vmstat', 'pgfault 5\noom_kill 4\n')
  disk.putProc('/proc/sys/kernel/random/boot_id', 'c5f0e6a2-3f9b-4e0c-9d7a-0f7f6f3f8f11\n')
  disk.putProc('/proc/stat', 'cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0 0 0\n')
  disk.putProc('/proc/pressure/memory', 'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n' + calm)
  disk.putProc('/proc/pressure/io', 'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n' + calm)
  disk.putProc('/proc/sys/fs/file-nr', '995\t0\t9223372036854775807\n')
  disk.putProc('/proc/4711/limits', 'Max open files            20000                20000                files     \n')
  for (const descriptor of [0, 1, 2]) disk.putProc(`/proc/4711/fd/${descriptor}`, '')
  const written = new Date(clock.now() - 60_000).toISOString()
  disk.put('/srv/logs/web.log', `${written} INFO all is well\n`, {modifiedMs: clock.now() - 60_000})
  const atMs = clock.now() - dayMs
  // It fills, but so slowly that it takes years.
  const samples = [{atMs: atMs - hourMs, availableBytes: 60_050 * 4096}]
  const values = {
    'service.restarts': {unit: 'web.service', restarts: 2},
    'mem.oom': {kills: 4, of: 'machine', boot: 'c5f0e6a2-3f9b-4e0c-9d7a-0f7f6f3f8f11'},
    'disk.forecast': {samples: Object.fromEntries(healthyPaths.map((path) => [path, samples]))}
  }
  const checks = Object.fromEntries(Object.entries(values).map(([id, one]) => [id, {at_ms: atMs, values: one}]))
  disk.put('/srv/state/daily-check.json', JSON.stringify({format: 1, checks}))
  buildJournal({disk}, {segments: 1, stateFolder: '/srv/state'})
}

const calm = 'full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n'

function scriptPrograms({processes}: SimHost): void {
  processes.script(['stat'], exited(0, statLine()))
  processes.script(['chronyc'], exited(0, synchronised))
  processes.script(['journalctl'], exited(0, ''))
  processes.script(['kubectl'], exited(0, 'List\nweb-1\tRunning\t\tTrue\t0\t\n'))
}

const synchronised = '7F7F0101,,8,1795183618.031597597,0.000000000,0.0,0.0,0.000,0.000,0.000,0.0,0.0,0.0,Normal\n'
