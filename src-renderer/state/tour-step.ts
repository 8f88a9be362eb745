/** What is stored about the tour: the step that is shown, or that it was closed. */
export const TOUR_STEPS = [1, 2, 3] as const
export type TourStep = (typeof TOUR_STEPS)[number]

/** null: not begun, closed, or nothing that a tour stores. */
export function tourStepOf(stored: string | null): TourStep | null {
  return TOUR_STEPS.find((step) => String(step) === stored) ?? null
}

export function isTourOver(stored: string | null): boolean {
  return stored === 'closed'
}
