import type { Zoom } from './zoom.ts'

/** The step under the pointer and the stretch that is shown, shared by all charts of a page. */
export class Crosshair {
  step = $state<number | null>(null)
  /** null: the whole. */
  zoom = $state.raw<Zoom | null>(null)
}
