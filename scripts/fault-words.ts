import {fileURLToPath} from 'node:url'
import ts from 'typescript'

/** The words that one value of a fault may be, where there are only so many: each may choose another sentence. */
export interface Choice {
  readonly value: string
  readonly words: readonly string[]
}

/** By the code of the fault, from its type in `src/base/faults.ts`. Faults without such a value are left out. */
export function choicesOfFaults(): ReadonlyMap<string, Choice> {
  const file = fileURLToPath(new URL('../src/base/faults.ts', import.meta.url))
  const options = {strict: true, noEmit: true, allowImportingTsExtensions: true, types: []}
  const program = ts.createProgram([file], {...options, target: ts.ScriptTarget.ESNext})
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  const [faults] = source?.statements.flatMap(declarationsIn).filter(({name}) => name.getText() === 'faults') ?? []
  if (faults === undefined) throw new Error(`no faults in ${file}`)
  const choices = checker
    .getTypeAtLocation(faults)
    .getProperties()
    .map((fault): [string, Choice | undefined] => {
      const values = checker.getTypeOfSymbol(fault).getProperty('values')
      return [fault.getName(), values && choiceIn(checker, checker.getTypeOfSymbol(values))]
    })
  return new Map(choices.filter((entry): entry is [string, Choice] => entry[1] !== undefined))
}

function declarationsIn(statement: ts.Statement): readonly ts.VariableDeclaration[] {
  return ts.isVariableStatement(statement) ? statement.declarationList.declarations : []
}

function choiceIn(checker: ts.TypeChecker, values: ts.Type): Choice | undefined {
  for (const value of checker.getNonNullableType(values).getProperties()) {
    const type = checker.getTypeOfSymbol(value)
    if (!type.isUnion() || !type.types.every((one) => one.isStringLiteral())) continue
    return {value: value.getName(), words: type.types.map((one) => one.value)}
  }
  return undefined
}
