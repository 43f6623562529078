import fs from 'node:fs'
import path from 'node:path'
import ts from 'typescript'

/** File → the files that it loads when it runs. `import type` is left out: nothing is loaded for a type. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>

export function importGraphOf(folder: string): ImportGraph {
  const files = fs.globSync('**/*.ts', {cwd: folder}).sort()
  return new Map(files.map((file) => [file, importsIn(file, fs.readFileSync(path.join(folder, file), 'utf8'))]))
}

/** The files of one circle, first and last the same, or nothing. */
export function cycleIn(graph: ImportGraph): string[] | undefined {
  const done = new Set<string>()
  const walk = (file: string, trail: readonly string[]): string[] | undefined => {
    const at = trail.indexOf(file)
    if (at !== -1) return [...trail.slice(at), file]
    if (done.has(file)) return undefined
    for (const next of graph.get(file) ?? []) {
      const cycle = walk(next, [...trail, file])
      if (cycle !== undefined) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of graph.keys()) {
    const cycle = walk(file, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}

function importsIn(file: string, text: string): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    const source = loadedBy(node)
    if (source?.startsWith('.') === true) found.push(path.posix.join(path.posix.dirname(file), source))
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest))
  return found
}

function loadedBy(node: ts.Node): string | undefined {
  let source: ts.Expression | undefined
  if (ts.isImportDeclaration(node) && node.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword) {
    source = node.moduleSpecifier
  }
  if (ts.isExportDeclaration(node) && !node.isTypeOnly) source = node.moduleSpecifier
  // An import inside a function counts too: it only hides the circle until the function is called.
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) source = node.arguments[0]
  return source !== undefined && ts.isStringLiteral(source) ? source.text : undefined
}
