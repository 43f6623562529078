import {counted} from './counted-en.ts'
import type {Catalogue} from './say.ts'
import {serverFindingsEn} from './findings-server-en.ts'
import {walFindingsEn} from './findings-wal-en.ts'
import {sendFindingsEn} from './send-en.ts'
import {stepFindingsEn} from './steps-en.ts'

export const findingsEn: Catalogue['findings'] = {
  'not-configured': ({setting}) => ({text: `not configured (${setting})`}),
  'not-on-this-machine': ({what}) => ({text: `not on this machine: ${what}`}),
  'no-history': () => ({text: 'not enough earlier runs to compare with yet'}),
  'skipped-by-config': ({reason, until}) => ({text: until === null ? reason : `until ${until}: ${reason}`}),
  'skipped-because': ({parent}) => ({text: `because of ${parent}`}),
  'check-timed-out': ({deadlineMs}, write) => ({
    text: `no answer within ${write.duration(deadlineMs)}`,
    hint: 'Something it reads is hanging: a mount, a name server, a program. If it is only slow, raise checks.deadline (and --timeout, where it is given).'
  }),
  'check-interrupted': () => ({text: 'interrupted before it had an answer'}),
  'check-broke': ({detail}) => ({
    text: `the check itself failed: ${detail}`,
    hint: 'This is a fault of logcaster. Please report it.'
  }),
  'not-readable': ({path, reason}, write) => ({
    text: `${path} cannot be read (${reason})`,
    hint: `Run as a user who may read it, or: ls -ld ${write.word(path)}`
  }),
  'path-missing': ({path, setting}) => ({
    text: `${path} is not there (${setting})`,
    hint: `Create it, or correct ${setting} in the configuration.`
  }),
  'mount-silent': ({path, afterMs}, write) => ({
    text: `the file system of ${path} gave no answer within ${write.duration(afterMs)}`,
    hint: 'Is it a network mount whose server is gone? Look with: findmnt; avoid touching it with ls or df.'
  }),
  'program-missing': ({program}) => ({
    text: `the program ${program} is not installed`,
    hint: `Install ${program}, or leave this check out with a reason under checks.skip.`
  }),
  'program-failed': ({program, how, detail}) => ({
    text: `${program} failed (${how})${detail === '' ? '' : `: ${detail}`}`,
    hint: `Run it by hand to see more.`
  }),

  'service-up': ({unit, sub, sinceMs}, write) => ({
    text: `${unit} is ${sub}${sinceMs === null ? '' : ` since ${write.time(sinceMs)}`}`
  }),
  'service-down': ({unit, active}, write) => ({
    text: `${unit} is not running (${active})`,
    hint: `See why: journalctl -u ${write.word(unit)} -n 50; start it: systemctl start ${write.word(unit)}`
  }),
  'service-failed': ({unit, result}, write) => ({
    text: `${unit} has failed (${result})`,
    hint: `See why: journalctl -u ${write.word(unit)} -n 50; then: systemctl start ${write.word(unit)}`
  }),
  'service-start-limited': ({unit, restarts, result}, write) => ({
    text: `${unit} failed ${counted(restarts + 1, 'time')} in a row and is not started any more (${result})`,
    hint: `Mend the cause first: journalctl -u ${write.word(unit)}; then: systemctl reset-failed ${write.word(unit)} && systemctl start ${write.word(unit)}`
  }),
  'service-frozen': ({unit, pid}) => ({
    text: `${unit} is stopped in its tracks: process ${pid} got SIGSTOP`,
    hint: `Find out who stopped it, then: kill -CONT ${pid}`
  }),
  'service-changing': ({unit, active, sub}, write) => ({
    text: `${unit} is ${active} (${sub})`,
    hint: `Watch it: systemctl status ${write.word(unit)}`
  }),
  'service-ignores-stop': ({unit, pid}, write) => ({
    text: `${unit} was told to stop, but process ${pid} has not ended yet`,
    hint: `systemd ends it by force at TimeoutStopSec; see systemctl status ${write.word(unit)}`
  }),
  'service-unknown-unit': ({unit}) => ({
    text: `there is no unit ${unit} here`,
    hint: 'Correct service.unit: systemctl list-unit-files shows the names.'
  }),
  'service-masked': ({unit}, write) => ({
    text: `${unit} is masked and cannot start`,
    hint: `systemctl unmask ${write.word(unit)}`
  }),
  'service-no-manager': ({unit}) => ({
    text: `no service manager runs here, so nothing is known of ${unit}`,
    hint: 'If that is right, set service.manager to none.'
  }),
  'service-unanswered': ({unit, reason}) => ({
    text: `the service manager said nothing about ${unit}: ${reason}`,
    hint: 'Try: systemctl is-system-running'
  }),
  'service-restarts': ({unit, growth, sinceMs}, write) => ({
    text: `${unit} was restarted ${counted(growth, 'time')} since ${write.time(sinceMs)}`,
    hint: `See why: journalctl -u ${write.word(unit)} --since "${write.time(sinceMs)}"`
  }),

  'port-answers': ({address, protocol, connectedMs}, write) => ({
    text: `${address} answers ${protocol} (connected in ${write.duration(connectedMs)})`
  }),
  'port-open': ({address, connectedMs}, write) => ({
    text: `${address} takes connections (${write.duration(connectedMs)}); not known to be our server, so nothing was sent`
  }),
  'port-unreachable': ({address, reason}) => ({
    text: `${address} cannot be reached: ${reason}`,
    hint: 'Does the server run and listen there? ss -ltn shows it.'
  }),
  'port-unresolved': ({host, reason}, write) => ({
    text: `the name ${host} has no address: ${reason}`,
    hint: `Try: getent ahosts ${write.word(host)}`
  }),
  'port-silent': ({address, protocol}) => ({
    text: `${address} takes connections, but gives no answer to ${protocol}`,
    hint: 'The server may be hanging or overloaded; look at its log and its load.'
  }),
  'port-wrong-protocol': ({address, protocol, got}) => ({
    text: `${address} does not speak ${protocol}; it answered: ${got}`,
    hint: 'Another program may hold this port: ss -ltnp'
  }),
  'port-unhealthy': ({address, state}, write) => ({
    text: `${address} says of itself: ${state}`,
    hint: `Ask for the reasons: curl ${write.word(`http://${address}/health`)}`
  }),
  'server-connections': ({connections}) => ({text: `connections, as the server counts them: ${connections}`}),
  'server-counters': ({total, dropped, current}) => ({
    text: `lines: ${total} in total, ${current} in memory, ${dropped} displaced`
  }),

  'disk-free': ({path, freePercent, freeBytes, totalBytes}, write) => ({
    text: `${path}: ${write.number(freePercent)}% free (${write.size(freeBytes)} of ${write.size(totalBytes)})`,
    hint: `See what is large: du -xh --max-depth=2 ${write.word(path)} | sort -h | tail`
  }),
  'disk-read-only': ({path, mount}) => ({
    text: `${path} cannot be written: ${mount} is mounted read-only`,
    hint: 'If nobody did this on purpose, the disk has had an error: dmesg | tail -50'
  }),
  'inodes-free': ({path, freePercent, free, total}, write) => ({
    text: `${path}: ${write.number(freePercent)}% of inodes free (${free} of ${total})`,
    hint: `Find folders with very many files: du --inodes -x ${write.word(path)} | sort -n | tail`
  }),
  'inodes-unlimited': ({path}) => ({text: `${path}: this file system has no fixed number of inodes`}),
  'disk-full-in': ({path, fullInMs, growthBytesPerDay}, write) => ({
    text: `${path}: full in ${write.duration(fullInMs)} if it goes on like this (${write.size(growthBytesPerDay)} a day)`,
    hint: `See what grows: du -xh --max-depth=2 ${write.word(path)} | sort -h | tail`
  }),
  'disk-not-growing': ({path}) => ({text: `${path}: not filling up`}),

  'memory-available': ({availablePercent, availableBytes, totalBytes, limitedBy}, write) => ({
    text: `${write.number(availablePercent)}% available (${write.size(availableBytes)} of ${write.size(totalBytes)}${limitedBy === 'cgroup' ? ', the limit of this container' : ''})`,
    hint: 'See who holds it: ps -eo pid,rss,comm --sort=-rss | head'
  }),
  'oom-kills': ({count, sinceMs}, write) => ({
    text: `${counted(count, 'process', 'processes')} killed for lack of memory since ${write.time(sinceMs)}`,
    hint: 'See which: journalctl -k -g "Killed process"'
  }),
  'oom-victim': ({process, pid, atMs}, write) => ({text: `${write.time(atMs)} ${process} (${pid})`}),
  pressure: ({resource, stalledPercent}, write) => ({
    text: `all work waited for ${resource} ${write.number(stalledPercent)}% of the last 5 minutes`,
    hint:
      resource === 'memory'
        ? 'The machine is thrashing: find what took the memory.'
        : 'The disk is the limit: iostat -x 5, iotop'
  }),
  'cpu-busy': ({busyPercent, cores}, write) => ({
    text: `processors ${write.number(busyPercent)}% busy just now (${counted(cores, 'core')})`
  }),
  'descriptors-used': ({scope, usedPercent, used, limit}, write) => ({
    // Limits that no machine reaches; `unlimited` is no number at all.
    text:
      Number(limit) <= Number.MAX_SAFE_INTEGER
        ? `${scope}: ${write.number(usedPercent)}% of descriptors used (${used} of ${limit})`
        : `${scope}: ${counted(used, 'descriptor')} used, no limit`,
    hint: 'A leak? Watch the number: ls /proc/PID/fd | wc -l'
  }),

  'log-errors': ({errors, lines, errorPercent, perHour, signatures, newSignatures, windowMs}, write) => ({
    text:
      `${counted(errors, 'error')} in ${counted(lines, 'line')} of the last ${write.duration(windowMs)}` +
      (errors === 0 || errorPercent === null
        ? ''
        : ` (${write.number(errorPercent)}%, ${write.number(perHour)} an hour, ${counted(signatures, 'kind')}, ${newSignatures} new)`),
    hint: 'Begin with files that could not be read, then with new kinds; the file named with each shows what happened around it.'
  }),
  'log-signature': ({signature, level, count, lastMs, isNew, path}, write) => ({
    text: `${isNew ? 'new ' : ''}${level} ×${count}, last ${write.time(lastMs)}, ${path}: ${signature}`
  }),
  'log-signatures-more': ({more}) => ({text: `and ${counted(more, 'more kind')}`}),
  'log-file-unreadable': ({path, reason}) => ({
    text: reason === 'link' ? `${path} is a link, which root does not follow` : `${path} could not be read (${reason})`
  }),
  'log-file-read-in-part': ({path, readBytes, totalBytes}, write) => ({
    text: `${path}: only the last ${write.size(readBytes)} of ${write.size(totalBytes)} were read`
  }),
  'log-archive-read-in-part': ({path, readBytes}, write) => ({
    text: `${path}: only the first ${write.size(readBytes)} of what it unpacks to were read`
  }),
  'log-files-more': ({more}) => ({text: `and ${counted(more, 'more remark')} of this kind`}),
  'log-lines-ahead': ({path, lines, byMs}, write) => ({
    text: `${path}: ${counted(lines, 'line')} from the future, by up to ${write.duration(byMs)}, counted as of now`,
    hint: 'Compare the clock and the time zone of the machine with those of the service.'
  }),
  'log-lines-undated': ({path, lines}) => ({
    text: `${path}: ${counted(lines, 'line')} without a time, counted by the age of the file`
  }),
  'log-written': ({path, ageMs}, write) => ({
    text: `last written ${write.duration(ageMs)} ago (${path})`,
    hint: 'Does the service still log, and to this folder (paths.logs)?'
  }),
  'log-none': ({path}) => ({
    text: `there is no log file in ${path}`,
    hint: 'Names are expected to end in .log (rotated: .log.1, .log-20261120, also .gz, .zst).'
  }),

  certificate: ({endpoint, subject, leftMs, expiresMs}, write) => ({
    text: `${endpoint} (${subject}): ${write.duration(leftMs)} left, until ${write.time(expiresMs)}`,
    hint: 'Renew it and reload the service that shows it.'
  }),
  'certificate-expired': ({endpoint, subject, agoMs}, write) => ({
    text: `${endpoint} (${subject}): expired ${write.duration(agoMs)} ago`,
    hint: 'Renew it now and reload the service that shows it.'
  }),
  'certificate-not-yet-valid': ({endpoint, subject, startsMs}, write) => ({
    text: `${endpoint} (${subject}): only valid from ${write.time(startsMs)}`,
    hint: 'Is a clock wrong, here or where it was issued?'
  }),
  'certificate-untrusted': ({endpoint, subject, reason}) => ({
    text: `${endpoint} (${subject}): the chain is not trusted: ${reason}`,
    hint: 'Is the intermediate certificate sent along? A private authority goes into checks.cert.expiry.ca_file.'
  }),
  'certificate-wrong-name': ({endpoint, name, reason}) => ({
    text: `${endpoint}: not made out for ${name}: ${reason}`,
    hint: 'Clients will refuse it. Renew it with this name, or correct checks.cert.expiry.name.'
  }),
  'certificate-unreachable': ({endpoint, reason}, write) => ({
    text: `${endpoint}: no certificate to be had: ${reason}`,
    hint: `Try: openssl s_client -connect ${write.word(endpoint)}`
  }),

  ...stepFindingsEn,
  ...serverFindingsEn,
  ...walFindingsEn,
  ...sendFindingsEn,

  'clock-synchronised': ({source, offsetMs}, write) => ({
    text: `synchronised by ${source}${offsetMs === null ? '' : `, ${write.duration(Math.abs(offsetMs))} off`}`,
    hint: 'Logs and certificates depend on the time: see chronyc sources or timedatectl timesync-status.'
  }),
  'clock-unsynchronised': ({source}) => ({
    text: `${source} runs, but has not set the clock`,
    hint: 'Can it reach its time servers? chronyc sources, timedatectl timesync-status'
  }),

  'pods-ready': ({namespace, selector, ready, total}, write) => ({
    text:
      total === 0
        ? `no pods match ${selector} in ${namespace}`
        : `${ready} of ${counted(total, 'pod')} ready in ${namespace}`,
    hint: `kubectl -n ${write.word(namespace)} describe pods -l ${write.word(selector)}`
  }),
  'pod-problem': ({pod, reason, restarts}) => ({text: `${pod}: ${reason}, ${counted(restarts, 'restart')}`})
}
