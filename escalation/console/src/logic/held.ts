// A list that never moves under the pointer. While it is held, entries keep their places: what is known about them is
// refreshed, what went is marked gone, what is new waits. Letting go shows the list as it really is.
export type Held<T> = { shown: T[]; waiting: T[] | null; gone: Set<string> }

export function fresh<T>(): Held<T> {
  return { shown: [], waiting: null, gone: new Set() }
}

export function receive<T extends { id: string }>(held: Held<T>, next: T[], hold: boolean): Held<T> {
  if (!hold || held.shown.length === 0) return { shown: next, waiting: null, gone: new Set() }
  const byId = new Map(next.map((entry) => [entry.id, entry]))
  const shown = held.shown.map((entry) => byId.get(entry.id) ?? entry)
  const gone = new Set(shown.filter((entry) => !byId.has(entry.id)).map((entry) => entry.id))
  const same = shown.length === next.length && shown.every((entry, i) => entry.id === next[i]?.id)
  return { shown, waiting: same ? null : next, gone }
}

export function release<T>(held: Held<T>): Held<T> {
  return held.waiting ? { shown: held.waiting, waiting: null, gone: new Set() } : held
}
