/** Colours for canvases. A canvas does not follow CSS, so charts read the tokens anew when `version` changes. */
class CanvasTheme {
  version = $state(0)
  /** What a style sheet says is not asked for again for every curve. */
  #known: Record<string, string> = {}

  constructor() {
    const change = (): void => {
      this.#known = {}
      this.version++
    }
    new MutationObserver(change).observe(document.documentElement, { attributeFilter: ['data-theme'] })
  }

  /** Value of a token at this moment, e.g. `color('functional')`. Reading it inside an effect follows the theme. */
  color(token: string): string {
    void this.version
    return (this.#known[token] ??= getComputedStyle(document.documentElement).getPropertyValue(`--${token}`).trim())
  }
}

export const canvasTheme = new CanvasTheme()
