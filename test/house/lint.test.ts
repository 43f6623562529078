import assert from 'node:assert/strict'
import path from 'node:path'
import {test} from 'node:test'
import {ESLint} from 'eslint'
import {filesOf, root} from './tree.ts'

const eslint = new ESLint({cwd: root})

/** Each is linted as if it were the text of a file that exists, because the checker of types knows only those. */
const check = 'src/checks/check.ts'
const command = filesOf(['src/commands'])[0] ?? 'src/commands/none.ts'
const canaries = [
  {file: check, text: "import {tell} from '../notify/notify.ts'\n", rule: 'house/rooms', says: /may not import notify/},
  {file: check, text: "import fs from 'node:fs'\n", rule: 'house/rooms', says: /node:fs/},
  {file: check, text: 'await import(String(1))\n', rule: 'house/rooms', says: /computed/},
  {file: check, text: 'export const a = Date.now()\n', rule: 'no-restricted-properties', says: /Date\.now/},
  {file: check, text: 'export const a = Math.random()\n', rule: 'no-restricted-properties', says: /Math\.random/},
  {file: check, text: 'export const a = new Date()\n', rule: 'no-restricted-syntax', says: /clock/},
  {file: check, text: 'export const a = process.env\n', rule: 'no-restricted-globals', says: /process/},
  {file: check, text: 'setTimeout(() => 1, 1)\n', rule: 'no-restricted-globals', says: /setTimeout/},
  {file: check, text: 'export const a = performance.now()\n', rule: 'no-restricted-globals', says: /performance/},
  {file: check, text: 'console.log(1)\n', rule: 'no-console', says: /console/},
  {file: check, text: 'export let a = 1\na += 1\n', rule: 'no-restricted-syntax', says: /No state in a module/},
  {file: check, text: 'export default 1\n', rule: 'no-restricted-syntax', says: /Export by name/},
  {file: check, text: 'export enum A {\n  b\n}\n', rule: 'no-restricted-syntax', says: /union of words/},
  {file: check, text: "export * from '../base/fault.ts'\n", rule: 'no-restricted-syntax', says: /No barrels/},
  {file: check, text: "export {Fault} from '../base/fault.ts'\n", rule: 'no-restricted-syntax', says: /barrel/},
  {file: check, text: 'export const a = [1][0]!\n', rule: 'house/typed-array', says: /typed array/},
  {file: check, text: 'export const a = () => 1\n', rule: 'house/return-type', says: /return type/},
  {file: check, text: 'Promise.resolve()\n', rule: '@typescript-eslint/no-floating-promises', says: /Promises/},
  {file: check, text: nested(4), rule: 'max-depth', says: /nested/},
  {
    file: check,
    text: `export function a(): void {\n${'  a()\n'.repeat(70)}}\n`,
    rule: 'max-lines-per-function',
    says: /72/
  },
  {file: check, text: 'a()\n'.repeat(401), rule: 'max-lines', says: /401/},
  {file: check, text: 'export const a = (b: 1, c: 1, d: 1, e: 1): 1 => b\n', rule: 'max-params', says: /4/},
  {
    file: command,
    text: 'class A {\n  b(): void {\n    this.exit(1)\n  }\n}\n',
    rule: 'no-restricted-syntax',
    says: /oclif/
  },
  {file: command, text: 'export const a = process.env\n', rule: 'no-restricted-globals', says: /process/},
  {
    file: 'test/house/lint.test.ts',
    text: 'Promise.resolve()\n',
    rule: '@typescript-eslint/no-floating-promises',
    says: /./
  }
] as const

test('lint refuses each seeded mistake', async () => {
  for (const {file, text, rule, says} of canaries) {
    const messages = await lint(file, text)
    const found = messages.filter(({ruleId, severity}) => ruleId === rule && severity === 2).map(({message}) => message)
    assert.ok(
      found.some((message) => says.test(message)),
      `${file}: ${text.slice(0, 60)} → ${JSON.stringify(messages)}`
    )
  }
})

const cleanTexts = [
  {file: check, text: 'export const a = new Date(0)\n'},
  {file: check, text: 'export const a = new Uint8Array(2)[1]!\n'},
  {
    file: check,
    text: 'export function call(): {a(): number} {\n  return {\n    a() {\n      return 1\n    }\n  }\n}\n'
  },
  {
    file: 'src/host/clock.ts',
    text: "import fs from 'node:fs'\n\nexport const a = [Date.now(), process.pid, fs.constants]\n"
  },
  {file: command, text: 'export default class A {\n  readonly b = 1\n}\n'},
  {file: 'test/house/lint.test.ts', text: "import {test} from 'node:test'\n\ntest('a', async () => {\n  await 1\n})\n"}
]

test('lint has nothing against the nearest right thing', async () => {
  for (const {file, text} of cleanTexts) {
    const messages = (await lint(file, text)).filter(({ruleId}) => ruleId !== '@typescript-eslint/await-thenable')
    assert.deepEqual(messages, [], text)
  }
})

test('lint reaches every file of src, test and scripts', async (t) => {
  const files = filesOf(['src', 'test', 'scripts']).filter((file) => /\.(ts|js|mjs)$/.test(file))
  t.diagnostic(`${files.length} files`)
  assert.ok(files.length > 0)
  for (const file of files) {
    assert.equal(await eslint.isPathIgnored(file), false, file)
    const {rules} = (await eslint.calculateConfigForFile(file)) as {rules: Record<string, unknown>}
    assert.ok(rules['max-lines'] !== undefined, file)
    assert.equal(rules['house/rooms'] !== undefined, file.startsWith('src'), file)
  }
})

test('lint fails when it finds no file', async () => {
  await assert.rejects(new ESLint({cwd: path.join(root, 'docs')}).lintFiles(['src']), /No files matching/)
})

async function lint(file: string, text: string): Promise<ESLint.LintResult['messages']> {
  const [result] = await eslint.lintText(text, {filePath: path.join(root, file)})
  return result?.messages ?? []
}

function nested(depth: number): string {
  return `export function a(b: number): void {\n${'if (b > 1) {\n'.repeat(depth)}a(b)\n${'}\n'.repeat(depth)}}\n`
}
