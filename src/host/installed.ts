import {existsSync} from 'node:fs'
import {dirname, join} from 'node:path'

/** The folder that we are installed in, with `runbooks/` in it: above `src/host` in a checkout, above `dist` as shipped. */
export function installedFolder(): string {
  const above = dirname(import.meta.dirname)
  return existsSync(join(above, 'package.json')) ? above : dirname(above)
}
