import {once} from 'node:events'
import {connect, createServer, type AddressInfo} from 'node:net'

/** A way to a port on which everything that is sent there is written down. */
export interface Wire {
  readonly port: number
  /** Of all connections together: they come one after the other. */
  sent(): Buffer
  close(): Promise<void>
}

export async function wireTo(port: number): Promise<Wire> {
  const chunks: Buffer[] = []
  const server = createServer({allowHalfOpen: true}, (near) => {
    const far = connect({port, host: '127.0.0.1', allowHalfOpen: true})
    near.on('data', (chunk: Buffer) => chunks.push(chunk))
    near.pipe(far).pipe(near)
    // Who ends without a goodbye has still been heard.
    near.on('error', () => far.end())
    far.on('error', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => Buffer.concat(chunks),
    async close() {
      server.close()
      await once(server, 'close')
    }
  }
}
