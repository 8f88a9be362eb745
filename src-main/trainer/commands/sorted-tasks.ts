/** Checked tasks into the file of the healthy ones and the file of the others. */
import type { CheckedTask } from '../self-test/check-task.ts'
import { TaskFile } from './task-file.ts'

interface Places {
  readonly out: string | null
  readonly unfit: string | null
}

/** In the order of the data set, whatever is done first: the same data set gives the same files, and so the same hash. */
export class SortedTasks {
  readonly #healthy: TaskFile | null
  readonly #unfit: TaskFile | null
  readonly #waiting = new Map<number, CheckedTask>()
  #next = 0
  #isOver = false

  /** Throws Failure arguments.invalid. */
  static async open({ out, unfit }: Places): Promise<SortedTasks> {
    const healthy = out === null ? null : await TaskFile.open(out)
    try {
      return new SortedTasks(healthy, unfit === null ? null : await TaskFile.open(unfit))
    } catch (error) {
      await healthy?.discard()
      throw error
    }
  }

  private constructor(healthy: TaskFile | null, unfit: TaskFile | null) {
    this.#healthy = healthy
    this.#unfit = unfit
  }

  /** place: of the task in the data set, from 0. What comes after the end is let go. Throws Failure. */
  async take(checked: CheckedTask, place: number): Promise<void> {
    this.#waiting.set(place, checked)
    for (let next = this.#waiting.get(this.#next); next !== undefined; next = this.#waiting.get(this.#next)) {
      if (this.#isOver) return
      this.#waiting.delete(this.#next++)
      await (next.check.badge === 'healthy' ? this.#healthy : this.#unfit)?.write(next.task)
    }
  }

  /** Throws Failure. */
  async keep(): Promise<void> {
    this.#isOver = true
    await this.#unfit?.keep()
    await this.#healthy?.keep()
  }

  /** As if they had never been. */
  async discard(): Promise<void> {
    this.#isOver = true
    await Promise.all([this.#healthy?.discard(), this.#unfit?.discard()])
  }
}
