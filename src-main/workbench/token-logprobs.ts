/** Log-probs of stored completions that a person asks for: each is told as it goes on, and can be ended. */
import { Failure } from '#contract/failure'
import type { CompletionSource } from '#contract/completion-source'
import type { RolloutRecord } from '#contract/journal'
import type { RunConfig } from '#contract/run-config'
import type { LogprobsProgress, LogprobsRequest, TokenLogprobs } from '#contract/token-logprobs'
import type { ServiceClient } from '#launch/service-client'

export interface LogprobsOptions {
  readonly service: Pick<ServiceClient, 'watch'>
  readonly tell: (progress: LogprobsProgress) => void
  readonly configOfRun: (id: string) => Promise<RunConfig>
  readonly directoryOfRun: (id: string) => string
  readonly rollout: (run: string, step: number, index: number, source: CompletionSource) => Promise<RolloutRecord>
}

export class AskedLogprobs {
  readonly #options: LogprobsOptions
  readonly #running = new Map<string, AbortController>()

  constructor(options: LogprobsOptions) {
    this.#options = options
  }

  /** null: it was ended. Throws Failure arguments.invalid for an id that is in use, run.missing, rollout.missing, and as the service does. */
  async ask({ id, run, step, index, source = 'training' }: LogprobsRequest): Promise<TokenLogprobs | null> {
    if (this.#running.has(id)) throw new Failure('arguments.invalid', { problem: `There is a question "${id}" already.` })
    const stop = new AbortController()
    this.#running.set(id, stop)
    try {
      const { service, tell, configOfRun, directoryOfRun, rollout } = this.#options
      const config = await configOfRun(run)
      const order = { config, runDirectory: directoryOfRun(run), rollout: await rollout(run, step, index, source), source }
      return await service.watch('logprobs', [order], {
        onProgress: (soFar) => tell({ id, ...soFar }),
        stop: stop.signal,
      })
    } finally {
      this.#running.delete(id)
    }
  }

  stop(id: string): void {
    this.#running.get(id)?.abort()
  }
}
