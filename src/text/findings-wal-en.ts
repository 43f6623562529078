import {counted} from './counted-en.ts'
import type {Catalogue} from './say.ts'

/** What a look at the write-ahead log finds. */
export const walFindingsEn = {
  'wal-verified': ({segments, records, bytes}, write) => ({
    text: `${counted(records, 'record')} in ${counted(segments, 'segment')}, ${write.size(bytes)}, all as they were written`
  }),
  'wal-ends-torn': ({records, bytes}, write) => ({
    text: `the last write, ${write.size(bytes)} with ${counted(records, 'record')}, did not get to the disk as a whole`,
    hint: 'It was not known to be durable, as after a loss of power; the next start of the server cuts it off.'
  }),
  'wal-has-holes': ({holes, records}) => ({
    text: `${counted(holes, 'place')} damaged, ${counted(records, 'record')} lost`,
    hint: 'Look at the disk (dmesg, smartctl), and restore from a backup what matters; a server starts and goes on all the same.'
  }),
  'wal-import': ({path, records, stored}) => ({
    text:
      stored === 0
        ? `${counted(records, 'line')} of ${path}`
        : `${counted(records, 'line')} of ${path}, ${stored} of them stored already`
  })
} satisfies Partial<Catalogue['findings']>
