import {defineConfig} from 'eslint/config'
import tseslint from 'typescript-eslint'
import {roomsRule} from './scripts/rooms-rule.ts'
import {returnTypeRule, typedArrayRule} from './scripts/type-rules.ts'

/** What every file is refused. `no-restricted-syntax` is replaced as a whole by a later entry, hence the lists. */
const syntax = {
  enums: {selector: 'TSEnumDeclaration', message: 'Use a union of words: an enum is not erasable.'},
  starExports: {selector: 'ExportAllDeclaration', message: 'No barrels: import the file that holds the thing itself.'},
  barrels: {
    selector:
      'Program:has(> ExportNamedDeclaration):not(:has(> :not(ImportDeclaration, ExportNamedDeclaration[declaration=null])))',
    message: 'A file that only re-exports is a barrel: import the file that holds the thing itself.'
  },
  defaultExports: {
    selector: 'ExportDefaultDeclaration',
    message: 'Export by name; only a command is a default export.'
  },
  defaultNames: {
    selector: 'ExportSpecifier[exported.name="default"]',
    message: 'Export by name; only a command is a default export.'
  }
}

/** What is refused outside `src/host/`: time and randomness come through the one door, so that a test can own them. */
const impureSyntax = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'Take the time from host.clock: only src/host/ reads the clock.'
  },
  {selector: 'CallExpression[callee.name="Date"]', message: 'Take the time from host.clock.'}
]

const moduleState = {
  selector: 'Program > VariableDeclaration[kind="let"], ExportNamedDeclaration > VariableDeclaration[kind="let"]',
  message: 'No state in a module: two runs or two tests in one process would share it.'
}

const oclifExits = {
  selector: 'CallExpression[callee.object.type="ThisExpression"][callee.property.name=/^(exit|error)$/]',
  message: 'oclif would end the process with output still in the pipe: throw a Fault, or return a report.'
}

const door = 'Only src/host/ touches the machine: take it from the Host you are given.'
const impureGlobals = [
  ...['process', 'performance', 'globalThis', 'fetch', 'WebSocket', 'EventSource', 'crypto'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate']
].map((name) => ({name, message: door}))
const impureProperties = [
  {object: 'Date', property: 'now', message: door},
  {object: 'Math', property: 'random', message: door},
  {object: 'AbortSignal', property: 'timeout', message: door}
]

export default defineConfig(
  {ignores: ['dist/', 'coverage/', 'node_modules/']},
  {linterOptions: {reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error'}},
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    plugins: {house: {rules: {rooms: roomsRule, 'typed-array': typedArrayRule, 'return-type': returnTypeRule}}},
    rules: {
      'max-lines': ['error', {max: 400, skipBlankLines: true, skipComments: true}],
      'max-lines-per-function': ['error', {max: 70, skipBlankLines: true, skipComments: true}],
      'max-depth': ['error', 3],
      'max-params': ['error', 3],
      eqeqeq: 'error',
      'no-empty': 'error',
      'no-unsafe-finally': 'error',
      'no-useless-catch': 'error',
      'no-constant-binary-expression': 'error',
      'no-restricted-syntax': ['error', ...Object.values(syntax)],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true, allowBoolean: true}],
      // Spreading a text into its code points is what the code for columns and signatures means to do.
      '@typescript-eslint/no-misused-spread': ['error', {allow: ['string']}],
      '@typescript-eslint/no-non-null-assertion': 'off',
      'house/typed-array': 'error',
      'house/return-type': 'error'
    }
  },
  {
    files: ['src/**'],
    rules: {
      'house/rooms': 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...Object.values(syntax), oclifExits, moduleState, ...impureSyntax],
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-properties': ['error', ...impureProperties]
    }
  },
  {
    files: ['src/commands/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...[syntax.enums, syntax.starExports, syntax.barrels, syntax.defaultNames],
        ...[oclifExits, moduleState, ...impureSyntax]
      ]
    }
  },
  {
    files: ['src/host/**'],
    rules: {
      'no-restricted-syntax': ['error', ...Object.values(syntax), oclifExits, moduleState],
      'no-restricted-globals': 'off',
      'no-restricted-properties': 'off'
    }
  },
  // The first file that runs looks at the version of Node before anything else may be imported.
  {files: ['src/cli/entry.ts'], rules: {'no-restricted-globals': 'off'}},
  {
    files: ['test/**'],
    rules: {
      // A group of tests is one function: what counts is the size of each test in it.
      'max-lines-per-function': ['error', {max: 200, skipBlankLines: true, skipComments: true}],
      // The runner of node:test keeps the promises itself.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite', 'before', 'after']}
          ]
        }
      ]
    }
  },
  // The reporters are loaded by name, and their makers ask for a default export.
  {
    files: ['scripts/*-reporter.ts', 'eslint.config.js'],
    rules: {'no-restricted-syntax': ['error', syntax.enums, syntax.starExports, syntax.barrels]}
  },
  // Plain JavaScript runs before any type is there to be checked.
  {files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked]},
  {
    files: ['**/*.js', '**/*.mjs'],
    rules: {'house/typed-array': 'off', 'house/return-type': 'off'}
  }
)
