import {ESLint} from 'eslint'

/** ESLint over the whole tree: any message is a failure, and so is having looked at nothing. */
const eslint = new ESLint()
const results = await eslint.lintFiles(['src', 'test', 'scripts', 'eslint.config.js'])
const messages = results.reduce((sum, result) => sum + result.messages.length, 0)

if (messages > 0) {
  const formatter = await eslint.loadFormatter('stylish')
  process.stdout.write(await formatter.format(results))
}
process.stdout.write(`${results.length} files\n`)
process.exitCode = messages === 0 && results.length > 0 ? 0 : 1
