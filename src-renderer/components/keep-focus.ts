/**
 * For `{@attach keepFocus}` on a group of buttons that come and go: when the one that has the focus goes away or can no longer be pressed, the focus goes
 * to the one that stands in its place now, else to the group. Without this it would fall to the page's beginning.
 */
export function keepFocus(group: HTMLElement): () => void {
  /** The button that had the focus, and its place among those that could be pressed. */
  let last: { readonly button: HTMLElement; readonly place: number } | null = null
  const take = ({ target }: FocusEvent): void => {
    if (target instanceof HTMLButtonElement) last = { button: target, place: buttonsIn(group).indexOf(target) }
  }
  // A person who leaves takes the focus along; a button that goes away has no say in it, which is known only when it is gone.
  const leave = ({ target, relatedTarget }: FocusEvent): void => {
    if (relatedTarget !== null) last = null
    queueMicrotask(() => {
      if (last !== null && last.button === target && !group.contains(document.activeElement) && isPressable(last.button, group))
        last = null
    })
  }
  const observer = new MutationObserver(() => {
    if (last === null || isPressable(last.button, group) || !isLost()) return
    const buttons = buttonsIn(group)
    const next = buttons[Math.min(last.place, buttons.length - 1)] ?? group
    next.focus({ preventScroll: true })
  })
  group.tabIndex = -1
  group.addEventListener('focusin', take)
  group.addEventListener('focusout', leave)
  observer.observe(group, { childList: true, subtree: true, attributeFilter: ['disabled'] })
  return () => {
    observer.disconnect()
    group.removeEventListener('focusin', take)
    group.removeEventListener('focusout', leave)
  }
}

function buttonsIn(group: HTMLElement): HTMLElement[] {
  return [...group.querySelectorAll<HTMLElement>('button:enabled')]
}

function isPressable(button: HTMLElement, group: HTMLElement): boolean {
  return group.contains(button) && button.matches(':enabled')
}

/** Some browsers leave the focus on a button that was disabled. */
function isLost(): boolean {
  const { activeElement } = document
  return activeElement === null || activeElement === document.body || activeElement.matches(':disabled')
}
