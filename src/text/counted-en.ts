/** `1 error`, `2 errors`: English has two forms where Korean has one. */
export function counted(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`
}
