/** What a check has found until now, counted as it comes. */
import { BADGES, type Badge } from '#contract/badges'
import type { CheckSoFar, ImportProblem, TaskCheck } from '#contract/dataset-check'
import { SPLITS, type Split } from '#contract/splits'
import type { Task } from '#contract/task'

/** Examples that travel with every word about progress. */
const SHOWN = 30
const EVERY_MS = 200

export class CheckTally {
  readonly problems: ImportProblem[] = []
  /** In the order of the data set. */
  readonly checks: TaskCheck[] = []
  readonly #layouts: string[] = []
  readonly #counts: Record<Split, number> = zeros(SPLITS)
  readonly #badges: Record<Badge, number> = zeros(BADGES)
  readonly #unhealthy: TaskCheck[] = []
  readonly #tell: (soFar: CheckSoFar) => void
  #stage: CheckSoFar['stage'] = 'reading'
  #warningCount = 0
  #toldMs = -Infinity

  /** `tell` is called at each new stage, and otherwise a few times a second. */
  constructor(tell: (soFar: CheckSoFar) => void) {
    this.#tell = tell
  }

  get layout(): string {
    return this.#layouts.join(' + ')
  }

  found(item: { readonly layout: string } | { readonly task: Task } | { readonly problem: ImportProblem }): void {
    if ('layout' in item) this.#layouts.push(item.layout)
    else if ('task' in item) this.#counts[item.task.split]++
    else {
      this.problems.push(item.problem)
      if (item.problem.isWarning) this.#warningCount++
    }
    this.#news()
  }

  /** All is read; from here on tasks are tried. */
  beginTrying(): void {
    this.#stage = 'trying'
    this.#news(true)
  }

  /** place: of the task in the data set, from 0. */
  tried(check: TaskCheck, place: number): void {
    this.checks[place] = check
    this.#badges[check.badge]++
    if (check.badge !== 'healthy' && this.#unhealthy.length < SHOWN) this.#unhealthy.push(check)
    this.#news()
  }

  /** Says what stands, however lately something was said. */
  end(): void {
    this.#news(true)
  }

  #news(isUrgent = false): void {
    const nowMs = performance.now()
    if (!isUrgent && nowMs - this.#toldMs < EVERY_MS) return
    this.#toldMs = nowMs
    this.#tell({
      stage: this.#stage,
      layout: this.layout,
      taskCount: SPLITS.reduce((sum, split) => sum + this.#counts[split], 0),
      counts: { ...this.#counts },
      badges: { ...this.#badges },
      problemCount: this.problems.length - this.#warningCount,
      warningCount: this.#warningCount,
      problems: this.problems.slice(0, SHOWN),
      unhealthy: [...this.#unhealthy],
    })
  }
}

function zeros<K extends string>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>
}
