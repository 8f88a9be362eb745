/** Whether keys without a modifier call commands; kept in the browser. Whoever speaks to the computer may call one by a word. */
const KEY = 'plain-keys'

class PlainKeys {
  areOn = $state(localStorage.getItem(KEY) !== 'off')

  turn(areOn: boolean): void {
    this.areOn = areOn
    if (areOn) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, 'off')
  }
}

export const plainKeys = new PlainKeys()
