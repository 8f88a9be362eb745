import { WorkbenchError } from '../workbench.ts'
import { whenReached } from './when-reached.ts'

/** Answers to questions that change faster than they are answered: the newest question counts, and one is under way at a time. */
export class Latest<T> {
  value = $state.raw<T | null>(null)
  error = $state.raw<WorkbenchError | null>(null)
  isBusy = $state(false)
  #next: (() => Promise<T>) | null = null
  /** Whoever asks inside an effect must not depend on the answer. */
  #isAsking = false

  /** What could not be asked because the workbench was away is asked when it is there again. */
  async ask(question: () => Promise<T>): Promise<void> {
    await this.act(question)
    if (this.error?.code === 'connection.lost') whenReached(() => this.error !== null && void this.ask(question))
  }

  /** As `ask`, for what a person wants done: what was not asked is not done later by itself. */
  async act(question: () => Promise<T>): Promise<void> {
    this.#next = question
    if (this.#isAsking) return
    this.#isAsking = true
    this.isBusy = true
    while (this.#next !== null) {
      const asked: () => Promise<T> = this.#next
      this.#next = null
      try {
        this.value = await asked()
        this.error = null
      } catch (error) {
        this.error = error instanceof WorkbenchError ? error : new WorkbenchError({ code: 'unknown', message: String(error) })
      }
    }
    this.#isAsking = false
    this.isBusy = false
  }

  forget(): void {
    this.#next = null
    this.value = null
    this.error = null
  }
}
