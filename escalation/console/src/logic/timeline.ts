// The risk timeline as a step plot: one step per assessed message, the running level as the line.
import type { Level, TimelinePoint } from '@/api/schema'

export type Dot = { x: number; y: number; seq: number; level: Level; running: Level; at: string; by: string }
export type Plot = { dots: Dot[]; line: string }

export function plot(points: TimelinePoint[], width: number, height: number, pad: number): Plot {
  const step = points.length > 1 ? (width - 2 * pad) / (points.length - 1) : 0
  const y = (level: number) => height - pad - (level / 4) * (height - 2 * pad)
  const dots = points.map((point, i) => ({ ...point, x: pad + i * step, y: y(point.level) }))
  const moves = points.map((point, i) => {
    const [x, top] = [round(pad + i * step), round(y(point.running))]
    return i === 0 ? `M${x} ${top}` : `H${x} V${top}`
  })
  return { dots, line: moves.join(' ') }
}

const round = (n: number) => Math.round(n * 10) / 10
