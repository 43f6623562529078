import type {Random} from '../base/random.ts'

/**
 * For ids and names that must differ from others, not be secret: files are created exclusively, so a name that somebody
 * guessed is refused. Node's cryptography would cost every command a tenth of its start-up.
 */
export function realRandom(): Random {
  return {below: (below) => Math.floor(Math.random() * below)}
}
