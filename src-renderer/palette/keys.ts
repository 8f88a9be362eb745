/** Keys as they are pressed, and the commands that they call. Written as in the contract: `Mod+K`, `?`, `G R`. */

type KeyPress = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey'>

/** A second key that comes later begins anew. */
const PATIENCE_MS = 1_500

/** How the press is written; null for a mere modifier, and for what belongs to the system or the browser. */
export function strokeOf(press: KeyPress, isMac: boolean): string | null {
  const key = keyOf(press)
  const [isMod, isOther] = isMac ? [press.metaKey, press.ctrlKey] : [press.ctrlKey, press.metaKey]
  if (key === null || isOther || press.altKey) return null
  return isMod ? `Mod+${key}` : key
}

/** A letter is the one that its key has on a Latin keyboard where the person's own writes another script. */
function keyOf({ key, code }: KeyPress): string | null {
  if (key.length !== 1) return null
  const isLatin = key.charCodeAt(0) < 128
  return (isLatin ? key : (/^Key([A-Z])$/.exec(code)?.[1] ?? key)).toUpperCase()
}

/** Reads keys one after the other. */
export class KeyReader {
  readonly #commands: readonly { readonly id: string; readonly keys: string }[]
  #pressed = ''
  #pressedAtMs = 0

  constructor(commands: readonly { readonly id: string; readonly keys: string }[]) {
    this.#commands = commands
  }

  /** The id of the command that `stroke` completes; null when there is none (yet). */
  take(stroke: string, atMs: number): string | null {
    const isSoon = this.#pressed !== '' && atMs - this.#pressedAtMs <= PATIENCE_MS
    const readings = isSoon ? [`${this.#pressed} ${stroke}`, stroke] : [stroke]
    const found = this.#commands.find(({ keys }) => readings.includes(keys))
    this.#pressed = found ? '' : (readings.find((pressed) => this.#isBeginning(pressed)) ?? '')
    this.#pressedAtMs = atMs
    return found?.id ?? null
  }

  #isBeginning(pressed: string): boolean {
    return this.#commands.some(({ keys }) => keys.startsWith(`${pressed} `))
  }
}

/** As they are shown, one after the other: `['G', 'R']`, `['⌘K']`. */
export function shownKeys(keys: string, isMac: boolean): string[] {
  return keys.split(' ').map((key) => key.replace('Mod+', isMac ? '⌘' : 'Ctrl+'))
}

/** An accelerator of the desktop's menu, as the page writes keys. */
export function keysOfAccelerator(accelerator: string): string {
  return accelerator.replace('CmdOrCtrl+', 'Mod+')
}
