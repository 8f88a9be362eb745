/** Completions that a person asks for: each is told as it comes, and can be ended. */
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
  readonly #running = new Map<string, { readonly stop: AbortController; readonly done: Promise<PlaygroundCompletion> }>()

  constructor(options: PlaygroundOptions) {
    this.#options = options
  }

  /** Who asks for one that is under way waits for the same. Throws Failure run.missing, service.ended, and as the service's `complete` does. */
  complete(request: PlaygroundRequest): Promise<PlaygroundCompletion> {
    const { id } = request
    const running = this.#running.get(id)
    if (running !== undefined) return running.done
    const stop = new AbortController()
    const done = this.#run(request, stop.signal).finally(() => this.#running.delete(id))
    this.#running.set(id, { stop, done })
    return done
  }

  stop(id: string): void {
    this.#running.get(id)?.stop.abort()
  }

  async #run(request: PlaygroundRequest, stop: AbortSignal): Promise<PlaygroundCompletion> {
    const order = await this.#orderOf(request)
    const onProgress = (soFar: Omit<PlaygroundProgress, 'id'>): void => this.#options.tell({ id: request.id, ...soFar })
    return this.#options.service.watch('complete', [order], { onProgress, stop })
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
