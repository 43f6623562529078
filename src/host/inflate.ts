import type {Gunzip, ZstdDecompress} from 'node:zlib'

/** One buffer of decompressed bytes; with it an archive of any size is read in constant memory. */
const chunkBytes = 256 * 1024

/**
 * Decompresses what the source gives and hands it on piece by piece, until `take` says false. All that was readable has
 * been handed on when this throws because the archive is damaged or ends too early. An archive may be several in a row.
 */
export async function inflate(
  form: 'gzip' | 'zstd',
  source: AsyncIterable<Uint8Array>,
  take: (bytes: Buffer) => boolean
): Promise<void> {
  const zlib = await import('node:zlib')
  const unpack = (): Unpacking => {
    const create = form === 'gzip' ? zlib.createGunzip : zlib.createZstdDecompress
    return unpackingOf(create({chunkSize: chunkBytes}), take)
  }
  let unpacking = unpack()
  try {
    for await (const bytes of source) {
      let rest = bytes.subarray(await unpacking.write(bytes))
      // The library stops at the end of an archive, silently, whatever follows.
      while (rest.length > 0 && !unpacking.isStopped()) {
        await unpacking.finish()
        unpacking = unpack()
        rest = rest.subarray(await unpacking.write(rest))
      }
      if (unpacking.isStopped()) return
    }
    await unpacking.finish()
  } finally {
    unpacking.stop()
  }
}

interface Unpacking {
  /** Bytes used: less than given means that this archive is over. */
  write(bytes: Uint8Array): Promise<number>
  isStopped(): boolean
  finish(): Promise<void>
  stop(): void
}

function unpackingOf(stream: Gunzip | ZstdDecompress, take: (bytes: Buffer) => boolean): Unpacking {
  let isStopped = false
  const closed = new Promise<void>((resolve, reject) => {
    stream.once('close', resolve)
    stream.once('error', reject)
  })
  // It may fail while we wait for the source; whoever awaits it below is told then.
  closed.catch(() => undefined)
  // Listening instead of iterating: an iterator drops what it has buffered when the stream fails.
  stream.on('data', (bytes: Buffer) => {
    if (isStopped || take(bytes)) return
    isStopped = true
    stream.destroy()
  })
  return {
    async write(bytes) {
      const before = stream.bytesWritten
      const written = new Promise<void>((resolve) => {
        stream.write(bytes, () => {
          resolve()
        })
      })
      await Promise.race([written, closed])
      return stream.bytesWritten - before
    },
    isStopped: () => isStopped,
    async finish() {
      if (!stream.destroyed) stream.end()
      await closed
    },
    stop() {
      stream.destroy()
    }
  }
}
