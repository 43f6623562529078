import {counted} from './counted-en.ts'
import type {Catalogue} from './say.ts'

/** Why lines could not be sent to a server, or not all of them. */
export const sendFaultsEn = {
  'send-file-absent': ({path}) => ({
    text: `There is no file ${path}.`,
    hint: 'Name a file, or - for standard input.'
  }),
  'send-file-changed': ({path, how, lines, cursor}, write) => ({
    text:
      how === 'shrank'
        ? `${path} has become shorter since ${counted(lines, 'line')} of it were acknowledged.`
        : `${path} is not the file of which ${counted(lines, 'line')} were acknowledged: it was replaced or rotated.`,
    hint:
      `If the old file still exists under another name, finish it first: logcaster send OLD --cursor ${write.word(cursor)}` +
      ' Then --from start sends this one from its first line.'
  }),
  'send-cursor-damaged': ({path}) => ({
    text: `${path} does not tell how far a file was sent: it is not what logcaster send writes.`,
    hint: 'Move it away. Then --from server passes over as many lines as the server has, --from start sends all of them again.'
  }),
  'send-cursor-foreign': ({path, session}) => ({
    text: `${path} tells how far session ${session} has got, and another session was named.`,
    hint: 'Leave out --session to go on with that one, or name another cursor file.'
  }),
  'send-unreachable': ({server, reason}) => ({
    text: `${server} cannot be reached: ${reason}.`,
    hint: 'Is the server running, and is this its port for lines? The same command goes on where this one stopped; --timeout 10m keeps trying.'
  }),
  'send-not-understood': ({server, got}) => ({
    text:
      got === ''
        ? `${server} takes connections, but does not answer in LOGCASTER/1.`
        : `${server} does not speak LOGCASTER/1. It said "${got}".`,
    hint: 'With --to, name the port for lines of such a server. To another one, --plain sends lines that nobody acknowledges.'
  }),
  'send-level-refused': ({server, ack, detail}) => ({
    text: `${server} cannot acknowledge at the level ${ack}: ${detail}`,
    hint: 'Start the server with that durability, or ask for less: --ack os survives the end of the server, --ack none promises nothing.'
  }),
  'send-refused': ({server, code, detail}) => ({
    text: `${server} refused the lines: ${code} ${detail}`,
    hint: 'Correct what it names; the flags are in logcaster send --help.'
  }),
  'send-session-busy': ({session, server}) => ({
    text: `Another sender has taken over session ${session} at ${server}.`,
    hint: 'The same file is being sent twice at once: let the other one finish.'
  }),
  'send-session-taken': ({session, server, stored}) => ({
    text: `${server} already has ${counted(stored, 'line')} of session ${session}, and nothing here says that they are those of this input.`,
    hint: 'Name the cursor file if there is one, or another --session. If it is the same input from its first line on, --from server passes over what the server has.'
  }),
  'send-forgotten': ({session, server, stored, acknowledged}) => ({
    text: `${server} has acknowledged ${counted(acknowledged, 'line')} of session ${session}, and knows of ${stored} by now.`,
    hint: 'It lost them, forgot the session (after a day), or is another server. --from server sends again what it does not know, --from cursor only what was never acknowledged.'
  }),
  'send-line-too-long': ({bytesMax}, write) => ({
    text: `A line on standard input is longer than ${write.size(bytesMax)}, too long to be kept until it is acknowledged.`,
    hint: 'Write the input to a file first, and send that.'
  }),
  'send-late': ({afterMs}, write) => ({
    text: `Not all lines were acknowledged within ${write.duration(afterMs)}.`,
    hint: 'The same command goes on where this one stopped.'
  }),
  'send-broken': ({server, reason}) => ({
    text: `The connection to ${server} broke: ${reason}. Nobody knows how many of the lines arrived.`,
    hint: 'Without --plain, a logcaster server acknowledges each line, and nothing is lost or doubled.'
  }),
  'send-rejected': ({lines, code, detail}) => ({
    text: `The server refused ${counted(lines, 'line')} for good: ${code} ${detail}`,
    hint: 'All others are stored. Look for what it names, correct it, and send those lines anew.'
  }),
  'send-lines-cut': ({lines, bytesMax}, write) => ({
    text: `${counted(lines, 'line')} longer than ${write.size(bytesMax)} ${lines === 1 ? 'was' : 'were'} cut by the server, and marked there.`,
    hint: 'A server started with a larger --max-line keeps them whole.'
  }),
  'send-again': ({lines, session}) => ({
    text: `The server had lost ${counted(lines, 'line')} of session ${session} that it had acknowledged; they were sent again.`,
    hint: 'With --ack commit, and a server that keeps its lines on disk, that does not happen.'
  })
} satisfies Partial<Catalogue['faults']>

export const sendFindingsEn = {
  'send-done': ({input, lines, bytes, tookMs, resent, reconnects}, write) => ({
    text:
      `${input}: ${counted(lines, 'line')} (${write.size(bytes)}) acknowledged in ${write.duration(tookMs)}` +
      (resent + reconnects === 0 ? '' : `, ${resent} sent again, ${counted(reconnects, 'reconnect')}`)
  }),
  'send-nothing': ({input, lines}) => ({
    text:
      lines === 0
        ? `${input}: nothing to send`
        : `${input}: nothing to send, all of ${counted(lines, 'line')} acknowledged before`
  }),
  'send-part': ({input, lines, bytes, tookMs, upTo}, write) => ({
    text: `${input}: ${counted(lines, 'line')} (${write.size(bytes)}) acknowledged in ${write.duration(tookMs)}, in all up to line ${upTo}; the rest was not`
  }),
  'send-unacknowledged': ({input, lines, bytes, tookMs}, write) => ({
    text: `${input}: ${counted(lines, 'line')} (${write.size(bytes)}) handed over in ${write.duration(tookMs)}, acknowledged by nobody`
  })
} satisfies Partial<Catalogue['findings']>
