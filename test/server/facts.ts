import type {ServerFacts} from '../../src/server/facts.ts'
import type {Store} from '../../src/store/store.ts'

export interface SettableFacts extends ServerFacts {
  isClosing: boolean
  queuedBytes: number
  clients: number
}

/** What a server would tell about itself, around a store that may be a real one. */
export function factsOf(store: ServerFacts['store'] | Store): SettableFacts {
  return {
    version: '1.2.3',
    store,
    queueBytesMax: 1000,
    isClosing: false,
    queuedBytes: 0,
    clients: 0,
    state() {
      return this.isClosing ? 'closing' : 'running'
    },
    uptimeMs: () => 61_900,
    connections() {
      return this.clients
    },
    queueBytes() {
      return this.queuedBytes
    }
  }
}
