import type { RunRequest } from '#contract/api'
import type { AttackProgress, AttackReport, AttackScores, AttackSoFar } from '#contract/reward-attack'
import type { RewardProfile } from '#contract/reward-profile'
import { workbench, WorkbenchError } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** An attack on a reward: cheats are scored once, and weighed by each profile after that. */
export class RewardAttack {
  /** Of the last attack that came to its end. */
  scores = $state.raw<AttackScores | null>(null)
  /** Its tasks: `starter` or a path. */
  dataset = $state('')
  /** What those scores earn under the profile that was asked about last. */
  readonly report = new Latest<AttackReport>()
  /** null while none goes on. */
  soFar = $state.raw<AttackSoFar | null>(null)
  /** Why the last one did not come to its end; one that a person ended has no reason. */
  error = $state.raw<WorkbenchError | null>(null)
  /** Of the attack that goes on. */
  #id: string | null = null
  readonly #endListening: () => void

  constructor() {
    this.#endListening = workbench.on('rewards.progress', (progress) => this.#take(progress))
  }

  get isBusy(): boolean {
    return this.soFar !== null
  }

  /** With the scorer of a preset's settings, on so many training tasks of a data set. */
  async start(preset: string, dataset: string, taskCount: number, profile: RewardProfile): Promise<void> {
    const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`
    const request: RunRequest = { preset, overrides: { 'dataset.id': dataset, reward: profile } }
    this.#id = id
    this.soFar = { taskCount, triedCount: 0 }
    this.error = null
    try {
      this.scores = (await workbench.call('rewards.attack', request, taskCount, id)).scores
      this.dataset = dataset
    } catch (error) {
      const known = error instanceof WorkbenchError ? error : new WorkbenchError({ code: 'unknown', message: String(error) })
      if (known.code !== 'reward.attack-cancelled') this.error = known
    } finally {
      this.soFar = null
      this.#id = null
    }
  }

  /** What was scored before stays. */
  cancel(): void {
    // Whoever cannot be reached has ended it, or will be asked again.
    if (this.#id !== null) void workbench.call('rewards.cancel', this.#id).catch(() => {})
  }

  weigh(profile: RewardProfile): void {
    const { scores } = this
    if (scores !== null) void this.report.ask(() => workbench.call('rewards.weigh-attack', scores, profile))
  }

  /** Nobody looks any more. */
  close(): void {
    this.cancel()
    this.#endListening()
  }

  #take({ id, taskCount, triedCount }: AttackProgress): void {
    if (id === this.#id) this.soFar = { taskCount, triedCount }
  }
}
