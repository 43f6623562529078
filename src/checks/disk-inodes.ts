import {finding} from '../base/findings.ts'
import {judge, type Check} from './check.ts'
import {diskVerdict, withoutReading} from './disks.ts'
import {rounded} from './parts.ts'

/** Free inodes there: a disk with space left takes no file without one. */
export const diskInodes: Check = {
  id: 'disk.inodes',
  read(context) {
    const limits = context.config.checks['disk.inodes']
    return diskVerdict(context, limits, (path, {inodes, inodesFree}) => {
      if (inodes === 0) return withoutReading('ok', finding('inodes-unlimited', {path}))
      const freePercent = (inodesFree / inodes) * 100
      const said = finding('inodes-free', {path, freePercent, free: inodesFree, total: inodes})
      return {status: judge(freePercent, limits), finding: said, value: rounded(freePercent), order: freePercent}
    })
  }
}
