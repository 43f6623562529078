import type {HistogramCounts} from '../base/histogram.ts'

/** The text that Prometheus reads, put together metric by metric. */
export class Exposition {
  #text = ''

  get text(): string {
    return this.#text
  }

  gauge(name: string, help: string, value: number): void {
    this.#head(name, 'gauge', help)
    this.#sample(name, '', value)
  }

  counter(name: string, help: string, value: number): void {
    this.#head(name, 'counter', help)
    this.#sample(name, '', value)
  }

  /** One counter for each set of labels. */
  counters(name: string, help: string, samples: Iterable<LabelledValue>): void {
    this.#head(name, 'counter', help)
    for (const {labels, value} of samples) this.#sample(name, labelText(labels), value)
  }

  histogram(name: string, help: string, {bounds, counts, count, sum}: HistogramCounts): void {
    this.#head(name, 'histogram', help)
    for (const [index, bound] of bounds.entries()) {
      this.#sample(`${name}_bucket`, labelText({le: String(bound)}), counts[index] ?? 0)
    }
    this.#sample(`${name}_bucket`, labelText({le: '+Inf'}), count)
    this.#sample(`${name}_sum`, '', sum)
    this.#sample(`${name}_count`, '', count)
  }

  #head(name: string, type: string, help: string): void {
    this.#text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
  }

  #sample(name: string, labels: string, value: number): void {
    this.#text += `${name}${labels} ${value}\n`
  }
}

export interface LabelledValue {
  /** Both sides are words of ours: nothing in them is escaped. */
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  return `{${pairs.join(',')}}`
}
