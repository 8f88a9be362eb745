/** A list of buttons of which one is chosen: arrow keys, Home and End go from one to the next and choose it. Use: `{@attach arrowKeys}`. */
export function arrowKeys(list: HTMLElement): () => void {
  const listen = (event: KeyboardEvent): void => {
    const buttons = [...list.querySelectorAll<HTMLButtonElement>('button:enabled')]
    const next = nextPlace(event.key, buttons.indexOf(event.target as HTMLButtonElement), buttons.length)
    if (next === null) return
    event.preventDefault()
    buttons[next]!.focus()
    buttons[next]!.click()
  }
  list.addEventListener('keydown', listen)
  return () => list.removeEventListener('keydown', listen)
}

/** The place that a key leads to from a place in a list; null: nowhere else. */
export function nextPlace(key: string, place: number, count: number): number | null {
  const wanted = {
    ArrowDown: place + 1,
    ArrowRight: place + 1,
    ArrowUp: place - 1,
    ArrowLeft: place - 1,
    Home: 0,
    End: count - 1,
  }[key]
  if (wanted === undefined || place < 0 || wanted < 0 || wanted >= count || wanted === place) return null
  return wanted
}
