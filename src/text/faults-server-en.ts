import {counted} from './counted-en.ts'
import type {Catalogue} from './say.ts'

/** Why the log server does not start, or what keeps it from doing what was asked. */
export const serverFaultsEn = {
  'server-port-taken': ({address, holder, flag}) => ({
    text: `${address} cannot be listened on: ${holder === null ? 'another program holds it' : `${holder} holds it`}.`,
    hint: `${holder?.startsWith('logcaster (') === true ? 'End that server (logcaster server stop)' : 'End that program'}, or choose another port: ${flag} PORT; 0 takes any that is free.`
  }),
  'server-port-unusable': ({address, reason, flag}) => ({
    text: `${address} cannot be listened on (${reason}).`,
    hint: `Is the address one of this machine (ip address), and may we use this port? Ports below 1024 are for root. Another one: ${flag} PORT`
  }),
  'server-exposed': ({listen}) => ({
    text: `--listen ${listen} exposes an unauthenticated log server.`,
    hint: 'Leave it away to serve this machine only, or add --insecure to accept the risk.'
  }),
  'server-durability-alone': ({durability}) => ({
    text: `Durability ${durability} needs a folder to keep records in.`,
    hint: 'Name one with --data-dir DIR or server.data_dir, or leave the durability away.'
  }),
  'server-not-stored': ({records, afterMs}, write) => ({
    text: `${counted(records, 'record')} could not be stored within ${write.duration(afterMs)} and ${records === 1 ? 'is' : 'are'} lost; none of them was acknowledged.`,
    hint: 'The disk did not take them: see what the server told before. A longer time to store them: --drain TIME'
  }),
  'server-no-ports': () => ({
    text: 'All ports are off, so nobody could send or ask anything.',
    hint: 'Give one of them a number: --log-port, --query-port or --http-port.'
  }),
  'server-ports-same': ({port}) => ({
    text: `Two ports are the same: ${port}.`,
    hint: 'Give each its own: --log-port, --query-port and --http-port; 0 takes any that is free.'
  }),
  'server-no-address': ({listen}, write) => ({
    text: `--listen ${write.word(listen)} is no address.`,
    hint: 'Name an IP address, or localhost. Leave it away to serve this machine only.'
  }),
  'server-late': ({unit, verb, afterMs, log}, write) => ({
    text: `The order to ${verb} ${unit} was not carried out within ${write.duration(afterMs)}, and may still be.`,
    hint: `See what it is at: logcaster server status; tail ${write.word(log)}`
  }),
  'server-elsewhere': ({holder, port, pid}) => ({
    text: `${holder} holds port ${port}, but was not started by logcaster server start: it still runs.`,
    hint: `End it where it was started, or: kill ${pid}`
  }),
  'server-not-up': ({unit, reason, log}, write) => ({
    text: `${unit} did not come up, or not stay up (${reason}).`,
    hint: `See why: tail ${write.word(log)}`
  }),
  'server-unit-hidden': ({path}) => ({
    text: `The unit hides folders of users from the server, and ${path} is in one of them.`,
    hint: 'Install logcaster elsewhere, such as below /opt, or weaken ProtectHome= and PrivateTmp= in the unit.'
  }),
  'server-supervised': ({unit, pid}) => ({
    text: `${unit} is kept running already: process ${pid}.`,
    hint: 'logcaster server status shows it, logcaster server restart starts it anew.'
  }),
  'server-fails': ({reason, failures, log}, write) => ({
    text: `The server ended ${failures === 1 ? 'in a way that another start would not change' : `${failures} times in a row and is not started any more`} (${reason}).`,
    hint: `See why: tail ${write.word(log)}; when it is mended: logcaster server start`
  }),
  'server-control-unusable': ({path, reason}) => ({
    text: `The control socket ${path} cannot be opened (${reason}).`,
    hint: 'Choose a --data-dir with a path of at most 90 characters on a file system that takes sockets, and see that no other server runs there.'
  })
} satisfies Partial<Catalogue['faults']>
