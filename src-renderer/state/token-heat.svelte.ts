import type { CompletionSource } from '#contract/completion-source'
import type { TokenLogprobs } from '#contract/token-logprobs'
import { workbench, WorkbenchError } from '../workbench.ts'

/** How likely the model finds the tokens of one completion, which is asked when a person wants to see it. Close it when nobody looks any more. */
export class TokenHeat {
  stage = $state<'idle' | 'opening' | 'reading' | 'done'>('idle')
  answer = $state.raw<TokenLogprobs | null>(null)
  error = $state.raw<WorkbenchError | null>(null)
  /** Of the question that is asked. */
  #id: string | null = null
  readonly #endListening: () => void

  constructor() {
    this.#endListening = workbench.on('logprobs.progress', ({ id, stage }) => {
      if (id === this.#id && this.isBusy) this.stage = stage
    })
  }

  get isBusy(): boolean {
    return this.stage === 'opening' || this.stage === 'reading'
  }

  async ask(run: string, step: number, index: number, source: CompletionSource): Promise<void> {
    this.stop()
    const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`
    this.#id = id
    this.stage = 'opening'
    this.answer = null
    this.error = null
    try {
      const answer = await workbench.call('logprobs.of-rollout', { id, run, step, index, source })
      if (this.#id === id) this.answer = answer
    } catch (error) {
      if (this.#id !== id) return
      this.error = error instanceof WorkbenchError ? error : new WorkbenchError({ code: 'unknown', message: String(error) })
    }
    if (this.#id === id) this.stage = this.answer === null && this.error === null ? 'idle' : 'done'
  }

  stop(): void {
    // Whoever cannot be reached has stopped, or will be asked again.
    if (this.#id !== null && this.isBusy) void workbench.call('logprobs.stop', this.#id).catch(() => {})
  }

  close(): void {
    this.stop()
    this.#id = null
    this.#endListening()
  }
}
