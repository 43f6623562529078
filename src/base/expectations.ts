/** What a setting or a flag takes, as a word; `text/` has the sentence for each in every language. */
export type PlainExpectation =
  | 'text'
  | 'absolute-path'
  | 'duration'
  | 'size'
  | 'range-count'
  | 'range-percent'
  | 'range-duration'
  | 'date'
  | 'endpoint'
  | 'list'
  | 'map'
  | 'section'
  | 'record'
  | 'key-value'
  | 'check-id'
  | 'secret-file'

/** With what belongs to it: `whole:1|65535`, `one-of:en|ko`. */
export type DetailedExpectation = 'whole' | 'one-of'

export type Expectation = PlainExpectation | `${DetailedExpectation}:${string}`
