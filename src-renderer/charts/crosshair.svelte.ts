/** The step under the pointer, shared by all charts of a page. */
export class Crosshair {
  step = $state<number | null>(null)
}
