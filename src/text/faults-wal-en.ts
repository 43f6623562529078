import {counted} from './counted-en.ts'
import type {Catalogue} from './say.ts'

/** What keeps somebody from a data folder, or from all of the log in it. */
export const walFaultsEn = {
  'data-locked': ({path, pid, user, host, sinceMs}, write) => ({
    text:
      pid === null
        ? `${path} is in use, by whom cannot be told.`
        : `${path} is in use by process ${pid} of ${user ?? '?'} on ${host ?? '?'}${sinceMs === null ? '' : ` since ${write.time(sinceMs)}`}.`,
    hint: `One server a data folder: stop that one (logcaster server stop${pid === null ? '' : `; one that was started in another way: kill ${pid}`}), or choose another --data-dir.`
  }),
  'wal-absent': ({path}) => ({
    text: `There is no log in ${path}.`,
    hint: 'Name the data folder of the server: --data-dir DIR'
  }),
  'wal-newer': ({path, format, known}) => ({
    text: `${path} was written by a later version: its format is ${format}, this one knows ${known}.`,
    hint: 'Run that version, or a later one.'
  }),
  'wal-holes': ({path, holes, records}) => ({
    text: `${counted(records, 'record')} in ${counted(holes, 'place')} could not be read in ${path}.`,
    hint: 'See which, and why: logcaster server wal verify'
  }),
  'import-nothing': ({path}) => ({
    text: `${path} is no file with lines in it.`,
    hint: 'Name files such as current.log, as the original server wrote them with its -P.'
  }),
  'import-too-large': ({bytes, retainBytes}, write) => ({
    text: `${write.size(bytes)} of lines would push each other out of a log that keeps ${write.size(retainBytes)}.`,
    hint: 'Import fewer files, or keep more, here and in the settings of the server: --set server.retain_bytes=SIZE'
  }),
  'import-cut': ({path, records}) => ({
    text: `${counted(records, 'imported line')} had to make room for later ones in ${path}.`,
    hint: 'Make room on the disk (df -h), or import fewer files. What is there stays; nothing is stored twice.'
  })
} satisfies Partial<Catalogue['faults']>
