/** What is said of a setting wherever it is offered. Without a validator, so that screens can carry it. */

export type Range =
  /** Above and below leave the end itself out; whole numbers only where `isWhole`; null = off where `isNullable`. */
  | {
      readonly kind: 'number'
      readonly min?: number
      readonly above?: number
      readonly max?: number
      readonly below?: number
      readonly isWhole: boolean
      readonly isNullable: boolean
    }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'switch' }
  | { readonly kind: 'text' }

export interface Setting {
  /** One line. */
  readonly meaning: string
  /** The paper or the system that it comes from; "VeriTune" where it is ours. */
  readonly source: string
  /** Of a config that leaves it out; where it must be said, what the starter's presets say. */
  readonly default: number | string | boolean | null | readonly string[]
  readonly range: Range
}

type Bounds = Partial<Pick<Extract<Range, { kind: 'number' }>, 'min' | 'above' | 'max' | 'below'>>
type NumberBuilder = (meaning: string, source: string, initial: number | null, bounds: Bounds) => Setting

const numberSetting =
  (isWhole: boolean, isNullable: boolean): NumberBuilder =>
  (meaning, source, initial, bounds) => ({
    meaning,
    source,
    default: initial,
    range: { kind: 'number', isWhole, isNullable, ...bounds },
  })

export const real = numberSetting(false, false)
export const realOrOff = numberSetting(false, true)
export const whole = numberSetting(true, false)
export const wholeOrOff = numberSetting(true, true)

export function choice(meaning: string, source: string, initial: string, choices: readonly string[]): Setting {
  return { meaning, source, default: initial, range: { kind: 'choice', choices } }
}

export function onOff(meaning: string, source: string, initial: boolean): Setting {
  return { meaning, source, default: initial, range: { kind: 'switch' } }
}

export function words(meaning: string, source: string, initial: string | readonly string[] | null): Setting {
  return { meaning, source, default: initial, range: { kind: 'text' } }
}
