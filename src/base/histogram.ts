/** How often a value was at most so large, in the way of Prometheus: each bucket counts those below it, too. */
export interface HistogramCounts {
  /** Ascending; a last one without bound is understood: its count is `count`. */
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
  readonly count: number
  readonly sum: number
}

export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: Float64Array
  #count = 0
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length)
  }

  observe(value: number): void {
    const from = this.#bounds.findIndex((bound) => value <= bound)
    if (from >= 0) for (let at = from; at < this.#counts.length; at += 1) this.#counts[at]! += 1
    this.#count += 1
    this.#sum += value
  }

  read(): HistogramCounts {
    return {bounds: this.#bounds, counts: [...this.#counts], count: this.#count, sum: this.#sum}
  }
}
