/** What a key does on a plot that has the focus. */
export type PlotAction =
  | { readonly kind: 'move'; readonly places: number }
  | { readonly kind: 'pan'; readonly share: number }
  | { readonly kind: 'zoom'; readonly factor: number }
  | { readonly kind: 'pick' }
  | { readonly kind: 'leave' }

const MOVES: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  PageDown: -10,
  PageUp: 10,
  Home: -Infinity,
  End: Infinity,
}
/** Of the width of what is shown. */
const PAN_SHARE = 1 / 8

/** null: a key that means nothing here. */
export function plotAction({ key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>): PlotAction | null {
  if (shiftKey && key === 'ArrowLeft') return { kind: 'pan', share: -PAN_SHARE }
  if (shiftKey && key === 'ArrowRight') return { kind: 'pan', share: PAN_SHARE }
  const places = MOVES[key]
  if (places !== undefined) return { kind: 'move', places }
  if (key === '+') return { kind: 'zoom', factor: 1 / 2 }
  if (key === '-') return { kind: 'zoom', factor: 2 }
  if (key === 'Enter') return { kind: 'pick' }
  return key === 'Escape' ? { kind: 'leave' } : null
}
