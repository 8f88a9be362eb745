/** Size and place of the window, kept from one start to the next in a file of their own. */
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

/** In points of the screen. */
export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

type Size = Pick<Rectangle, 'width' | 'height'>

export interface WindowPlace {
  /** Where it is while it does not fill the screen. */
  readonly bounds: Rectangle
  readonly isMaximized: boolean
}

export const SMALLEST: Size = { width: 960, height: 600 }
const FIRST: Size = { width: 1280, height: 832 }
/** So much of the window's upper edge must be on a screen, for a person to take hold of it. */
const HOLD: Size = { width: 120, height: 24 }

const whole = z.number().int()
const placeSchema = z.object({
  bounds: z.object({ x: whole, y: whole, width: whole.positive(), height: whole.positive() }),
  isMaximized: z.boolean(),
})

/** Null where none was kept, or none that can be read: the window then opens as it did first. */
export function keptPlace(file: string): WindowPlace | null {
  try {
    return placeSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}

/** A disk that is full costs no more than the place. */
export function keepPlace(file: string, place: WindowPlace): void {
  try {
    writeFileSync(file, JSON.stringify(place))
  } catch (error) {
    console.error('the place of the window could not be kept:', error)
  }
}

/** Where the window opens: where it was, if that is still on a screen; else in its first size, in the middle. `screens`: their areas without bars and docks. */
export function boundsFor(place: WindowPlace | null, screens: readonly Rectangle[]): Size & Partial<Rectangle> {
  const screen = place && screens.find((area) => isHeld(place.bounds, area))
  if (!place || !screen) return FIRST
  const { bounds } = place
  return {
    ...bounds,
    width: Math.max(SMALLEST.width, Math.min(bounds.width, screen.width)),
    height: Math.max(SMALLEST.height, Math.min(bounds.height, screen.height)),
  }
}

function isHeld({ x, y, width }: Rectangle, area: Rectangle): boolean {
  const seen = Math.min(x + width, area.x + area.width) - Math.max(x, area.x)
  return seen >= HOLD.width && y >= area.y && y + HOLD.height <= area.y + area.height
}
