import {chmod} from 'node:fs/promises'

/** Nobody but the owner of a socket in the file system may call it. */
export async function ownSocketFile(path: string): Promise<void> {
  await chmod(path, 0o600)
}
