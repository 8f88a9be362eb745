/** Light, dark, or as the system says; the choice is kept in the browser. */
export const THEME_CHOICES = ['system', 'light', 'dark'] as const
export type ThemeChoice = (typeof THEME_CHOICES)[number]

const KEY = 'theme'
const dark = matchMedia('(prefers-color-scheme: dark)')

class Theme {
  choice = $state<ThemeChoice>(stored())

  constructor() {
    dark.addEventListener('change', () => show(this.choice))
    show(this.choice)
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice
    if (choice === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, choice)
    show(choice)
  }
}

function stored(): ThemeChoice {
  const kept = localStorage.getItem(KEY)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

/** Sets `data-theme`, which all tokens follow. */
function show(choice: ThemeChoice): void {
  document.documentElement.dataset.theme = choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice
}

export const theme = new Theme()
