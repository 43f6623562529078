/**
 * Secrets never reach the journal: those that are known, wherever they stand, and what looks like one by its name. Rather
 * too much is masked than too little.
 */
export const mask = '********'

// A shorter one would mask half of every sentence; as a secret it is none.
const secretLengthMin = 4

const names = String.raw`passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|credentials?`

/** Each keeps its first group. Lengths are bounded where a hostile text could make them start again at every letter. */
const patterns: readonly RegExp[] = [
  // https://user:password@host
  /([a-z][a-z0-9+.-]{0,20}:\/\/)[^/\s@]+(?=@)/gi,
  /(\bauthorization["']?\s{0,5}[:=]\s{0,5}["']?)[^\r\n"']+/gi,
  /(\bbearer\s{1,5})[\w.~+/=-]{8,}/gi,
  // --password X, but not --password-file X
  new RegExp(String.raw`(-[\w-]{0,40}?(?:${names})\s{1,5})(?:"[^"]*"|'[^']*'|[^\s"'-][^\s"']*)`, 'gi'),
  // password=X, "token": "X", DB_PASSWORD=X, secret: X
  new RegExp(String.raw`((?:${names})["']?\s{0,5}[=:]\s{0,5})(?:"[^"]*"|'[^']*'|[^\s"',;&]+)`, 'gi')
]

const secretName = new RegExp(String.raw`(?:${names}|authorization)$`, 'i')

export function maskText(text: string, secrets: readonly string[]): string {
  let masked = text
  // The longest first: one that contains another must not leave its rest behind.
  for (const secret of secrets.toSorted((one, other) => other.length - one.length)) {
    if (secret.length >= secretLengthMin) masked = masked.replaceAll(secret, mask)
  }
  for (const pattern of patterns) masked = masked.replace(pattern, `$1${mask}`)
  return masked
}

/** Every text in a value, with the keys it stands under; `["--password", "X"]` is told by the word before. */
export function maskAll(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return maskText(value, secrets)
  if (Array.isArray(value)) {
    return value.map((item: unknown, at) => (isNamed(value[at - 1]) ? maskWhole(item) : maskAll(item, secrets)))
  }
  if (typeof value !== 'object' || value === null) return value
  const masked = Object.entries(value).map(([key, inner]: [string, unknown]) => [
    maskText(key, secrets),
    secretName.test(key) ? maskWhole(inner) : maskAll(inner, secrets)
  ])
  return Object.fromEntries(masked)
}

function isNamed(word: unknown): boolean {
  return typeof word === 'string' && /^--?[\w-]+$/.test(word) && secretName.test(word)
}

function maskWhole(value: unknown): unknown {
  return value === null || typeof value === 'boolean' ? value : mask
}
