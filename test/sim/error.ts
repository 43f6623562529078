/** An error as the system gives it: what code decides by is its `code`. */
export function systemError(code: string, operation: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: simulated, ${operation} '${path}'`), {code, path})
}
