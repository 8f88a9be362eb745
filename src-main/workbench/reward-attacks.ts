/** Attacks on a reward that a person asks for: each is told as it goes on, and can be ended. */
import type { AttackProgress, TriedReward } from '#contract/reward-attack'
import type { RunConfig } from '#contract/run-config'
import type { ServiceClient } from '#launch/service-client'

export interface RewardAttacksOptions {
  readonly service: Pick<ServiceClient, 'watch'>
  readonly tell: (progress: AttackProgress) => void
}

export class RewardAttacks {
  readonly #options: RewardAttacksOptions
  readonly #running = new Map<string, { readonly stop: AbortController; readonly done: Promise<TriedReward> }>()

  constructor(options: RewardAttacksOptions) {
    this.#options = options
  }

  /**
   * id null: it is not told and cannot be ended. Who asks for one that is under way waits for the same. Throws Failure service.ended, and as the service's
   * `rewards.attack` does.
   */
  run(config: RunConfig, taskCount: number, id: string | null): Promise<TriedReward> {
    const running = id === null ? undefined : this.#running.get(id)
    if (running !== undefined) return running.done
    const { service, tell } = this.#options
    const stop = new AbortController()
    const watch = { onProgress: id === null ? () => {} : (soFar: Omit<AttackProgress, 'id'>) => tell({ id, ...soFar }) }
    const done = service.watch('rewards.attack', [config, taskCount], { ...watch, stop: stop.signal })
    if (id === null) return done
    const ended = done.finally(() => this.#running.delete(id))
    this.#running.set(id, { stop, done: ended })
    return ended
  }

  cancel(id: string): void {
    this.#running.get(id)?.stop.abort()
  }
}
