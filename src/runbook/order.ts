export interface Ordered {
  readonly id: string
  readonly needs: readonly string[]
}

export interface Order<Item> {
  readonly items: readonly Item[]
  /** In each, every item needs the next, and the last one the first. Then the order holds for the others only. */
  readonly cycles: readonly (readonly Item[])[]
}

/**
 * Every item after those that it needs, and otherwise as they were given: only what has to wait moves. A need that is
 * no item's id is none.
 */
export function inOrder<Item extends Ordered>(given: readonly Item[]): Order<Item> {
  const left = new Map(given.map((item) => [item.id, item]))
  const items: Item[] = []
  const cycles: (readonly Item[])[] = []
  while (left.size > 0) {
    const next = [...left.values()].find((item) => item.needs.every((id) => !left.has(id)))
    const done = next === undefined ? cycleIn(left) : [next]
    if (next === undefined) cycles.push(done)
    for (const item of done) left.delete(item.id)
    items.push(...done)
  }
  return {items, cycles}
}

/** Of items that all wait for another one among them. */
function cycleIn<Item extends Ordered>(waiting: ReadonlyMap<string, Item>): readonly Item[] {
  const path = new Map<string, Item>()
  let [item] = waiting.values()
  while (item !== undefined && !path.has(item.id)) {
    path.set(item.id, item)
    item = item.needs.map((id) => waiting.get(id)).find((needed) => needed !== undefined)
  }
  const walked = [...path.values()]
  return walked.slice(walked.findIndex((one) => one === item))
}
