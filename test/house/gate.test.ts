import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import path from 'node:path'
import {test} from 'node:test'
import {projectWith, root} from './tree.ts'

const gate = JSON.stringify(path.join(root, 'scripts/gate.ts'))

/** Runs one gate as the scripts do, in a process of its own, and gives what it printed. */
function run(fields: string): string {
  using project = projectWith({
    'run.ts': `import {pass} from ${gate}\nconsole.log(await pass({name: 'canary', timeoutMs: 30_000, ${fields}}))\n`
  })
  return spawnSync(process.execPath, ['run.ts'], {cwd: project.folder, encoding: 'utf8', timeout: 30_000}).stdout
}

test('gate: one that passes is one line, without what its program said', () => {
  assert.match(run("argv: ['echo', 'chatter']"), /^ok {6}canary +[\d.]+ s\ntrue\n$/)
})

test('gate: one that fails shows what its program said, and how it ended', () => {
  assert.match(run("argv: ['sh', '-c', 'echo why; exit 3']"), /^why\nFAILED {2}canary .*\(exit code 3\)\nfalse\n$/)
})

test('gate: a program that does not exist is a failure', () => {
  assert.match(run("argv: ['/nowhere/program']"), /^FAILED .*ENOENT.*\nfalse\n$/)
})

test('gate: having looked at nothing is a failure although the program ended well', () => {
  const output = run("argv: ['echo', '0 files'], inspect: (output) => ({isGood: false, says: output.trim()})")
  assert.match(output, /^0 files\nFAILED {2}canary .*0 files.*\nfalse\n$/)
})

test('gate: a program that does not end is stopped at the deadline', () => {
  assert.match(run("argv: ['sleep', '60'], timeoutMs: 300"), /^FAILED .*\(stopped after 0\.3 s\)\nfalse\n$/)
})

test('gate: a process left behind does not keep the gate waiting', () => {
  assert.match(run("argv: ['sh', '-c', 'setsid sleep 20 & echo done']"), /^ok .*\ntrue\n$/)
})
