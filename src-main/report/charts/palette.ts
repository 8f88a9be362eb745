/** How a series looks: Okabe and Ito's colours as the screens have them, and a dash of its own, so that print without colour tells it apart too. */
import type { Series } from '../document.ts'

const GROUPS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#8a6d00', '#56b4e9']
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '4 4', '1 4']
const COMPONENT_COLORS: Readonly<Record<string, string>> = {
  compilation: '#0072b2',
  functional: '#009e73',
  synthesis: '#e69f00',
  reasoning: '#cc79a7',
  quality: '#56b4e9',
}
export const INK = '#1a1d21'

export interface Look {
  readonly color: string
  /** Of SVG's stroke-dasharray; '' = none. */
  readonly dash: string
}

export function lookOf(color: Series['color']): Look {
  if (color === 'ink') return { color: INK, dash: '' }
  if ('component' in color) return { color: COMPONENT_COLORS[color.component] ?? INK, dash: '' }
  const turn = Math.floor(color.group / GROUPS.length)
  return { color: GROUPS[color.group % GROUPS.length]!, dash: DASHES[(color.group + turn) % DASHES.length]! }
}
