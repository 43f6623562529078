import assert from 'node:assert/strict'
import {test} from 'node:test'
import {gzipSync, zstdCompressSync} from 'node:zlib'
import fc from 'fast-check'
import {inflate} from '../../src/host/inflate.ts'

const forms = {gzip: gzipSync, zstd: zstdCompressSync} as const

async function unpacked(form: keyof typeof forms, chunks: readonly Uint8Array[]): Promise<string> {
  let text = ''
  await inflate(form, sourceOf(chunks), (bytes) => {
    text += bytes.toString('latin1')
    return true
  })
  return text
}

// eslint-disable-next-line @typescript-eslint/require-await -- a source is asynchronous
async function* sourceOf(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks
}

/** The bytes in pieces, cut at any places. */
function cut(bytes: Buffer, places: readonly number[]): Uint8Array[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return cuts.slice(1).map((to, at) => bytes.subarray(cuts[at], to))
}

test('inflate: several archives in a row are one text, however their bytes arrive', async () => {
  const texts = fc.array(fc.string({unit: 'binary-ascii', maxLength: 300}), {minLength: 1, maxLength: 4})
  const form = fc.constantFrom('gzip' as const, 'zstd' as const)
  await fc.assert(
    fc.asyncProperty(form, texts, fc.array(fc.nat(), {maxLength: 6}), async (kind, parts, places) => {
      const archive = Buffer.concat(parts.map((part) => forms[kind](part)))
      assert.equal(await unpacked(kind, cut(archive, places)), parts.join(''))
    })
  )
})

test('inflate: what follows an archive and is none is damage, and what came before it has been handed on', async () => {
  let text = ''
  const archive = Buffer.concat([zstdCompressSync('first'), Buffer.from('garbage behind it')])
  const reading = inflate('zstd', sourceOf([archive]), (bytes) => {
    text += bytes.toString()
    return true
  })
  await assert.rejects(reading)
  assert.equal(text, 'first')
})

test('inflate: a reader that has enough ends it', async () => {
  const archive = Buffer.concat([zstdCompressSync('first'), zstdCompressSync('second')])
  const seen: string[] = []
  await inflate('zstd', sourceOf([archive]), (bytes) => {
    seen.push(bytes.toString())
    return false
  })
  assert.deepEqual(seen, ['first'])
})
