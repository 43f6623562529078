import type {Host} from './host.ts'
import type {PidfileHost, Supervisable} from './pidfile.ts'
import type {ServiceManager} from './services.ts'
import {readSupervised, supervisedFiles} from './supervised.ts'
import {isBootedBySystemd, systemd} from './systemd.ts'

export type ManagerChoice = 'auto' | 'systemd' | 'pidfile' | 'none'

/**
 * What keeps services running here. `auto` looks whether systemd booted the machine, not whether its programs are
 * installed; where it did not, our own supervisor counts once it has been used.
 */
export async function serviceManager(
  choice: ManagerChoice,
  host: PidfileHost,
  own: Supervisable
): Promise<ServiceManager> {
  switch (choice) {
    case 'systemd':
      return systemd(host)
    case 'pidfile':
      return supervised(host, own)
    case 'none':
      return noManager
    case 'auto':
      if (await isBootedBySystemd(host.disk)) return systemd(host)
      return (await wasSupervised(host, own)) ? supervised(host, own) : noManager
  }
}

/** Loaded here: every command looks for the manager, and few find this one. */
async function supervised(host: PidfileHost, own: Supervisable): Promise<ServiceManager> {
  const {pidfile} = await import('./pidfile.ts')
  return pidfile(host, own)
}

const noManager: ServiceManager = {
  name: 'none',
  state: () => Promise.resolve({answer: 'no-manager'}),
  change: () => Promise.resolve({status: 'refused', reason: 'no-manager'})
}

async function wasSupervised({disk}: Pick<Host, 'disk'>, {folder, unit}: Supervisable): Promise<boolean> {
  try {
    return (await readSupervised(disk, supervisedFiles(folder, unit).record)) !== undefined
  } catch {
    // What we may not read is not ours to manage.
    return false
  }
}
