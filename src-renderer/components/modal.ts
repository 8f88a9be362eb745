/** For `{@attach modal}`: shows a dialog over everything while it is there. Afterwards the focus is where it was, or on the page's main part if that is gone. */
export function modal(dialog: HTMLDialogElement): () => void {
  const before = document.activeElement
  // The browser's own modal dialog keeps the focus inside and closes on Escape.
  dialog.showModal()
  return () => {
    if (before instanceof HTMLElement) before.focus()
    if (document.activeElement !== before || before === document.body) document.querySelector('main')?.focus()
  }
}
