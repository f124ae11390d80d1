// Evidence spans count Unicode code points; JavaScript strings count UTF-16 units. Everything that marks words goes through here.
export type Mark = { start: number; end: number; why: string }
export type Piece = { text: string; whys: string[] }

/** Cut a text at the borders of its spans. Overlaps are joined; spans outside the text are clipped. */
export function cut(text: string, marks: Mark[]): Piece[] {
  const points = Array.from(text)
  const clip = (n: number) => Math.max(0, Math.min(points.length, Math.trunc(n)))
  const clean = marks.map((m) => ({ ...m, start: clip(m.start), end: clip(m.end) })).filter((m) => m.end > m.start)
  const borders = [...new Set([0, points.length, ...clean.flatMap((m) => [m.start, m.end])])].sort((a, b) => a - b)
  const pieces: Piece[] = []
  for (let i = 0; i + 1 < borders.length; i++) {
    const [start, end] = [borders[i] as number, borders[i + 1] as number]
    const over = clean.filter((m) => m.start <= start && m.end >= end)
    const whys = [...new Set(over.map((m) => m.why).filter(Boolean))]
    pieces.push({ text: points.slice(start, end).join(''), whys: over.length && !whys.length ? [''] : whys })
  }
  return pieces
}

/** The marked words only, for a one-line quote; marks that touch are one. */
export function quoted(text: string, marks: Mark[]): string {
  const runs = cut(text, marks).map((piece) => (piece.whys.length > 0 ? piece.text : '\0'))
  return runs.join('').split('\0').filter(Boolean).join(' … ')
}
