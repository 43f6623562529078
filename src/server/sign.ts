/** Whether a text of one character a byte begins as something does; `unknown` while it is too short to tell. */
export type Sign = (text: string) => 'yes' | 'no' | 'unknown'

/** Begins with exactly these bytes. */
export function literal(bytes: string): Sign {
  return (text) => (text.startsWith(bytes) ? 'yes' : bytes.startsWith(text) ? 'unknown' : 'no')
}

/** Begins as `whole` says; `start` is what a text matches that may still become so. */
export function pattern(whole: RegExp, start: RegExp): Sign {
  return (text) => (whole.test(text) ? 'yes' : start.test(text) ? 'unknown' : 'no')
}

/** The priority that every syslog record begins with. */
export const priority = pattern(/^<\d{1,3}>/, /^(<\d{0,3})?$/)

export const brace = literal('{')

/** The bytes as a text that a sign can look at. */
export function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
