import assert from 'node:assert/strict'
import {test} from 'node:test'
import {writeCursor} from '../../src/server/cursor.ts'
import {cursorPathIn, tidyBeside, tidyCursors} from '../../src/server/cursor-keeper.ts'
import {simHost, type SimHost} from '../sim/host.ts'

const folder = '/state/send'
const print = {bytes: 0, hash: ''}
const place = {offset: 0, number: 0}

async function withCursor(host: SimHost, path: string): Promise<string> {
  const cursorPath = cursorPathIn(folder, path, '127.0.0.1:9999')
  const sign = {inode: 1, head: print, tail: print}
  const rest = {session: 's', server: '127.0.0.1:9999', origin: 0, acknowledged: place, cut: undefined}
  await writeCursor(host, cursorPath, {...rest, path, sign})
  return cursorPath
}

test('cursors: one of a file that has been gone for a month is taken away, all others stay', async () => {
  const host = simHost({seed: 1})
  await tidyCursors(host, folder)
  host.disk.seed({'/srv/kept.log': 'x', [`${folder}/notes.json`]: 'not ours', [`${folder}/notes.txt`]: 'not ours'})
  const [gone, kept] = [await withCursor(host, '/srv/gone.log'), await withCursor(host, '/srv/kept.log')]
  host.clock.step(29 * 86_400_000)
  await tidyCursors(host, folder)
  assert.equal(host.disk.files().has(gone), true)
  host.clock.step(2 * 86_400_000)
  await tidyCursors(host, folder)
  const names = [...host.disk.files().keys()].filter((path) => path.startsWith(folder))
  assert.deepEqual(names.sort(), [kept, `${folder}/notes.json`, `${folder}/notes.txt`].sort())
})

test('cursors: each file, server and named session has its own, and its name tells the file', () => {
  const paths = [
    cursorPathIn(folder, '/srv/app.log', 'a:1', ''),
    cursorPathIn(folder, '/srv/app.log', 'b:1', ''),
    cursorPathIn(folder, '/srv/app.log', 'a:1', 'web1'),
    cursorPathIn(folder, '/var/app.log', 'a:1', '')
  ]
  assert.equal(new Set(paths).size, paths.length)
  for (const path of paths) assert.match(path, /^\/state\/send\/app\.log-[0-9a-f]{16}\.json$/)
  assert.match(
    cursorPathIn(folder, `/srv/${'날씨 '.repeat(40)}.log`),
    /^\/state\/send\/[\w.-]{1,30}-[0-9a-f]{16}\.json$/
  )
})

test('cursors: what a killed run left half written is taken away, and a folder that cannot be read is left alone', async () => {
  const host = simHost({seed: 1})
  const path = await withCursor(host, '/srv/app.log').catch(async () => {
    await tidyCursors(host, folder)
    return withCursor(host, '/srv/app.log')
  })
  host.disk.put(path.replace(/([^/]+)$/, '.$1.abcd1234.tmp'), 'half')
  host.clock.step(120_000)
  await tidyBeside(host, path)
  assert.deepEqual([...host.disk.files().keys()], [path])
  await tidyBeside(host, '/nonesuch/cursor.json')
})
