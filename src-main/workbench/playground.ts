/** Completions that a person asks for: each is told as it comes, and can be ended. */
import { Failure } from '#contract/failure'
import type { PlaygroundCompletion, PlaygroundProgress, PlaygroundRequest } from '#contract/playground'
import type { RunConfig } from '#contract/run-config'
import type { CompletionOrder } from '#contract/service'
import type { ServiceClient } from '#launch/service-client'
import { absolutePath } from './presets.ts'

export interface PlaygroundOptions {
  readonly service: Pick<ServiceClient, 'watch'>
  readonly tell: (progress: PlaygroundProgress) => void
  /** Settings of a model that no run is named for. */
  readonly baseConfig: () => RunConfig
  readonly configOfRun: (id: string) => Promise<RunConfig>
  readonly directoryOfRun: (id: string) => string
}

export class Playground {
  readonly #options: PlaygroundOptions
  readonly #running = new Map<string, AbortController>()

  constructor(options: PlaygroundOptions) {
    this.#options = options
  }

  /** Throws Failure arguments.invalid for an id that is in use, run.missing, service.ended, and as the service's `complete` does. */
  async complete(request: PlaygroundRequest): Promise<PlaygroundCompletion> {
    const { id } = request
    if (this.#running.has(id)) throw new Failure('arguments.invalid', { problem: `There is a completion "${id}" already.` })
    const stop = new AbortController()
    this.#running.set(id, stop)
    try {
      const order = await this.#orderOf(request)
      const onProgress = (soFar: Omit<PlaygroundProgress, 'id'>): void => this.#options.tell({ id, ...soFar })
      return await this.#options.service.watch('complete', [order], { onProgress, stop: stop.signal })
    } finally {
      this.#running.delete(id)
    }
  }

  stop(id: string): void {
    this.#running.get(id)?.abort()
  }

  async #orderOf({ model, prompt, sampling }: PlaygroundRequest): Promise<CompletionOrder> {
    const { configOfRun, directoryOfRun, baseConfig } = this.#options
    const { seed, ...asked } = sampling
    const settled = (config: RunConfig): RunConfig => ({
      ...config,
      seed,
      // What a person did not set is off.
      sampling: { ...config.sampling, ...asked, topK: 0 },
    })
    if (model.kind === 'checkpoint') {
      const run = { directory: directoryOfRun(model.run), checkpoint: model.step }
      return { config: settled(await configOfRun(model.run)), run, prompt }
    }
    const config = model.like === null ? baseConfig() : await configOfRun(model.like)
    return { config: settled({ ...config, model: absolutePath(model.path) }), run: null, prompt }
  }
}
