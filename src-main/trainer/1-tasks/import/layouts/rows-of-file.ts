/** Which layout the rows of one file have. */
import { RowProblem } from '../problem.ts'
import type { Row } from '../rows/rows.ts'
import type { RowLayout } from './layout.ts'
import { guessedMapping, mapped } from './mapped.ts'
import { isOwnTask } from './own-tasks.ts'

/** Rows before the first known one; more are not remembered one by one. */
const MAX_UNKNOWN = 1_000

export const UNKNOWN_ROW = new RowProblem(
  null,
  'The row lacks the columns that make a task of the rows after it.',
  'Fill them in, or leave the row out.',
)

export class RowsOfFile {
  readonly #layouts: readonly RowLayout[]
  readonly #mayGuess: boolean
  #last: RowLayout | 'own' | null = null
  #unknown: number[] = []

  constructor(layouts: readonly RowLayout[], mayGuess: boolean) {
    this.#layouts = layouts
    this.#mayGuess = mayGuess
  }

  /** A row that no layout knows has that of the row before it. null where neither says. */
  layoutOf({ value, number }: Row): RowLayout | 'own' | null {
    const layout = this.#known(value) ?? this.#last
    if (layout === null && this.#unknown.length < MAX_UNKNOWN) this.#unknown.push(number)
    this.#last = layout
    return layout
  }

  /** Numbers of the rows before the first known one, once. */
  takeUnknown(): number[] {
    return this.#unknown.splice(0)
  }

  #known(value: Row['value']): RowLayout | 'own' | null {
    if (this.#mayGuess && isOwnTask(value)) return 'own'
    const layout = this.#layouts.find((one) => one.matches(value))
    // A row that lacks a column of its file's layout is a damaged one of that layout, whatever else its columns could mean.
    if (layout !== undefined || !this.#mayGuess || this.#isSure()) return layout ?? null
    const guessed = guessedMapping(value)
    return guessed === null ? null : mapped(guessed)
  }

  #isSure(): boolean {
    return this.#last === 'own' || (this.#last !== null && this.#layouts.includes(this.#last))
  }
}
