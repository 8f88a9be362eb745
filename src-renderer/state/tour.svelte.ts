/** The tour of a new workbench: begun when it is empty, kept in the browser from then on, gone for good once it is closed. */
import { isTourOver, tourStepOf, type TourStep } from './tour-step.ts'

const KEY = 'tour'

class Tour {
  #stored = $state.raw<string | null>(localStorage.getItem(KEY))

  /** null: nothing to show. */
  get step(): TourStep | null {
    return tourStepOf(this.#stored)
  }

  /** Nothing where it was begun or closed before. */
  begin(): void {
    if (this.step === null && !isTourOver(this.#stored)) this.go(1)
  }

  go(step: TourStep): void {
    this.#keep(String(step))
  }

  close(): void {
    this.#keep('closed')
  }

  #keep(stored: string): void {
    this.#stored = stored
    localStorage.setItem(KEY, stored)
  }
}

export const tour = new Tour()
