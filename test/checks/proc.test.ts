import assert from 'node:assert/strict'
import {test} from 'node:test'
import {procNumber, readProc} from '../../src/checks/proc.ts'
import {realDisk} from '../../src/host/disk.ts'
import {simHost} from '../sim/host.ts'

test('a file of /proc is read to its end, though its size is said to be 0', async () => {
  const text = (await readProc({disk: realDisk()}, '/proc/self/status')) ?? ''
  assert.equal(procNumber(text, 'Pid'), process.pid)
})

test('what is not there, and what may not be read, are both no reading', async () => {
  assert.equal(await readProc({disk: realDisk()}, '/proc/self/no-such-file'), undefined)
  assert.equal(await readProc(simHost({seed: 1, failAt: 1, error: 'EACCES'}), '/proc/stat'), undefined)
  assert.equal(await readProc({disk: realDisk()}, '/proc/self/fd'), undefined)
})

test('the number after a key is found in either form, and only after that very key', () => {
  const text = 'MemTotalX: 1 kB\nMemTotal:       24684084 kB\noom_kill_disable 0\noom_kill 5\nempty\nword: none\n'
  assert.equal(procNumber(text, 'MemTotal'), 24_684_084)
  assert.equal(procNumber(text, 'oom_kill'), 5)
  for (const key of ['Mem', 'oom', 'kill', 'empty', 'word', 'absent'])
    assert.equal(procNumber(text, key), undefined, key)
})
