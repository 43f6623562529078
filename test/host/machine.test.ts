import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {test} from 'node:test'
import {realMachine} from '../../src/host/machine.ts'
import {lacking, unlessRoot} from '../cli/run.ts'

/** What another process finds out about itself. */
const source = new URL('../../src/host/machine.ts', import.meta.url).href
const script = `const {argv, execPath, tty} = (await import("${source}")).realMachine()
process.stdout.write(JSON.stringify({argv, execPath, tty}))`

test('machine: knows who and where we are, and the Node that runs us', () => {
  const machine = realMachine()
  assert.deepEqual(
    [machine.pid, machine.uid, machine.execPath, machine.cwd],
    [process.pid, process.getuid?.(), process.execPath, process.cwd()]
  )
  assert.equal(machine.env, process.env)
})

test('machine: what we were called with is told without our own name, and no terminal where there is none', () => {
  const program = `process.argv.splice(1, 0, "own-name"); ${script}`
  const words = ['--input-type=module', '--eval', program, '--', 'runbook', 'run', '--input=a b']
  const {stdout} = spawnSync(process.execPath, words, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']})
  assert.deepEqual(JSON.parse(stdout), {
    argv: ['runbook', 'run', '--input=a b'],
    execPath: process.execPath,
    tty: null
  })
})

test('machine: the terminal at our standard input is told by its name', {skip: lacking('script')}, () => {
  const line = `tty; exec '${process.execPath}' --input-type=module --eval '${script}'`
  const {stdout} = spawnSync('script', ['-qec', line, '/dev/null'], {encoding: 'utf8', input: ''})
  const name = /^\/dev\/\S+/.exec(stdout)?.[0]
  assert.ok(name !== undefined && stdout.includes(`"tty":"${name}"`), stdout)
})

test('machine: a terminal whose name nobody tells is none', {skip: unlessRoot('script', 'unshare')}, () => {
  const own = `mount -t tmpfs none /proc; exec "${process.execPath}" --input-type=module --eval '${script}'`
  const line = `exec unshare --mount sh -euc '${own.replaceAll("'", String.raw`'\''`)}'`
  const {stdout} = spawnSync('script', ['-qec', line, '/dev/null'], {encoding: 'utf8', input: ''})
  assert.match(stdout, /"tty":null/)
})
