import type {FileStat} from '../../src/host/disk.ts'
import {fileKey, type OpenFiles, type OpenLook} from '../../src/host/open-files.ts'

/** Nobody has a file open but where a test says so. */
export class SimOpenFiles implements OpenFiles {
  isComplete = true
  readonly open = new Set<string>()

  /** Some process has it open from now on. */
  hold(file: Pick<FileStat, 'device' | 'inode'>): void {
    this.open.add(fileKey(file))
  }

  look(signal: AbortSignal): Promise<OpenLook> {
    return Promise.resolve({open: new Set(this.open), isComplete: this.isComplete && !signal.aborted})
  }
}
