/** Where this process is: the graph that is being run, or the phase between graphs. It is told before anything that may crash. */

let place = 'the start'
let onPlace: (place: string) => void = () => {}

/** `listener` hears of every change, before what happens there. */
export function watchPlace(listener: (place: string) => void): void {
  onPlace = listener
}

export function currentPlace(): string {
  return place
}

export function enterPlace(next: string): void {
  if (next === place) return
  place = next
  onPlace(next)
}
