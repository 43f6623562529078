import type {Rule} from 'eslint'
import ts from 'typescript'

/**
 * Refuses `!` but for a read from a typed array (`bytes[at]!`). There the compiler adds `undefined` although the loop
 * around it has just checked the bound, and a real check in the inner loop over bytes costs time.
 */
export const typedArrayRule: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {refused: '`!` is only for reads from a typed array: check the value, or let assert() do it'}
  },
  create(context) {
    const {program, esTreeNodeToTSNodeMap} = typesOf(context)
    return {
      TSNonNullExpression(node: Rule.Node): void {
        const whole = esTreeNodeToTSNodeMap.get(node)
        const read = ts.isNonNullExpression(whole) ? whole.expression : whole
        if (ts.isElementAccessExpression(read)) {
          const owner = program.getTypeChecker().getTypeAtLocation(read.expression)
          if (typedArrays.test(owner.symbol.name)) return
        }
        context.report({node, messageId: 'refused'})
      }
    }
  }
}

const typedArrays = /^(Buffer|Uint8ClampedArray|(Uint|Int|Float|BigInt|BigUint)(8|16|32|64)Array)$/

/**
 * Asks for a return type where nothing else gives one. The rule of typescript-eslint asks for it also in an object that is
 * returned as an interface, where the compiler already holds each method against its declaration.
 */
export const returnTypeRule: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {refused: 'Write the return type: nothing around this function says it'}
  },
  create(context) {
    const {program, esTreeNodeToTSNodeMap} = typesOf(context)
    const check = (node: Rule.Node): void => {
      const written = esTreeNodeToTSNodeMap.get(node)
      if (!ts.isFunctionLike(written) || written.type !== undefined) return
      if (ts.isConstructorDeclaration(written) || ts.isSetAccessorDeclaration(written)) return
      if (!isTypedFromOutside(written, program.getTypeChecker())) context.report({node, messageId: 'refused'})
    }
    return {FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check}
  }
}

function isTypedFromOutside(written: ts.SignatureDeclaration, checker: ts.TypeChecker): boolean {
  if (ts.isArrowFunction(written) || ts.isFunctionExpression(written)) {
    return checker.getContextualType(written) !== undefined
  }
  return ts.isObjectLiteralExpression(written.parent) && checker.getContextualType(written.parent) !== undefined
}

/** What the parser of typescript-eslint hands to rules that look at types. */
interface Types {
  readonly program: ts.Program
  readonly esTreeNodeToTSNodeMap: {get(node: Rule.Node): ts.Node}
}

function typesOf(context: Rule.RuleContext): Types {
  return context.sourceCode.parserServices as Types
}
