/** What must never be otherwise. Stays on in production: a false claim is a bug, and going on would hide it. */
export function assert(claim: boolean, what: string): asserts claim {
  if (!claim) throw new Error(`bug: ${what}`)
}
