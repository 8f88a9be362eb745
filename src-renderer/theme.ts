/** Light, dark, or as the system says; the choice is kept in the browser. */
export type ThemeChoice = 'system' | 'light' | 'dark'

const KEY = 'theme'
const dark = matchMedia('(prefers-color-scheme: dark)')

export function storedTheme(): ThemeChoice {
  const stored = localStorage.getItem(KEY)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

/** Sets `data-theme`, which all tokens follow. */
export function applyTheme(choice: ThemeChoice): void {
  if (choice === 'system') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, choice)
  show()
}

function show(): void {
  const choice = storedTheme()
  document.documentElement.dataset.theme = choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice
}

dark.addEventListener('change', show)
show()
