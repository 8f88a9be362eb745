import type { TaskSummary } from '#contract/api'
import type {
  ModelChoice,
  PlaygroundCompletion,
  PlaygroundProgress,
  PlaygroundSampling,
  PromptChoice,
} from '#contract/playground'
import type { Judge } from '#contract/run-config'
import type { ScoreReport } from '#contract/score'
import { workbench, WorkbenchError } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** One of the completions that stand beside each other. */
export class PlaygroundSide {
  /** idle: nothing was asked yet. */
  stage = $state<'idle' | 'opening' | 'generating' | 'done'>('idle')
  text = $state.raw('')
  tokenCount = $state(0)
  completion = $state.raw<PlaygroundCompletion | null>(null)
  error = $state.raw<WorkbenchError | null>(null)
  readonly scored = new Latest<ScoreReport>()
  /** Of the completion that is told. */
  #id: string | null = null

  get isBusy(): boolean {
    return this.stage === 'opening' || this.stage === 'generating'
  }

  take({ id, stage, text, tokenCount }: PlaygroundProgress): void {
    if (id !== this.#id || !this.isBusy) return
    this.stage = stage
    this.text = text
    this.tokenCount = tokenCount
  }

  /** Ends with the completion; its scores come later, where it answers a task. */
  async generate(model: ModelChoice, prompt: PromptChoice, sampling: PlaygroundSampling, judge: Judge): Promise<void> {
    const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`
    this.#id = id
    this.stage = 'opening'
    this.text = ''
    this.tokenCount = 0
    this.completion = null
    this.error = null
    this.scored.forget()
    try {
      const completion = await workbench.call('playground.complete', { id, model, prompt, sampling })
      this.completion = completion
      this.text = completion.text
      this.tokenCount = completion.tokenCount
      const { end, text } = completion
      if (prompt.kind === 'task' && end !== 'stopped') {
        void this.scored.ask(() => workbench.call('score.completion', prompt.dataset, prompt.taskId, text, judge, false))
      }
    } catch (error) {
      this.error = error instanceof WorkbenchError ? error : new WorkbenchError({ code: 'unknown', message: String(error) })
    } finally {
      this.stage = 'done'
    }
  }

  /** What has come stays. */
  stop(): void {
    // Whoever cannot be reached has stopped, or will be asked again.
    if (this.#id !== null && this.isBusy) void workbench.call('playground.stop', this.#id).catch(() => {})
  }
}

const SAMPLING: PlaygroundSampling = { temperature: 0.8, topP: 1, maxCompletionTokens: 512, seed: 1 }

/** A prompt, how it is sampled, and two models that answer it. */
export class Playground {
  mode = $state<'task' | 'text'>('task')
  dataset = $state('starter')
  /** Test tasks are for evaluations alone. */
  split = $state<'train' | 'validation'>('validation')
  taskId = $state<string | null>(null)
  text = $state('')
  sampling = $state<PlaygroundSampling>(SAMPLING)
  judge = $state<Judge>('netlist')
  readonly tasks = new Latest<readonly TaskSummary[]>()
  readonly base = new PlaygroundSide()
  readonly tuned = new PlaygroundSide()
  readonly #endListening: () => void

  constructor() {
    this.#endListening = workbench.on('playground.progress', (progress) => {
      this.base.take(progress)
      this.tuned.take(progress)
    })
  }

  get isBusy(): boolean {
    return this.base.isBusy || this.tuned.isBusy
  }

  get task(): TaskSummary | null {
    const tasks = this.tasks.value ?? []
    return tasks.find(({ id }) => id === this.taskId) ?? tasks[0] ?? null
  }

  /** null: nothing to ask yet. */
  get prompt(): PromptChoice | null {
    if (this.mode === 'text') return this.text.trim() === '' ? null : { kind: 'text', text: this.text }
    return this.task === null ? null : { kind: 'task', dataset: this.dataset, taskId: this.task.id }
  }

  readTasks(dataset: string, split: 'train' | 'validation'): void {
    void this.tasks.ask(() => workbench.call('tasks.list', dataset, split))
  }

  generate(base: ModelChoice, tuned: ModelChoice): void {
    const { prompt, judge } = this
    if (prompt === null) return
    const sampling = $state.snapshot(this.sampling)
    void this.base.generate(base, prompt, sampling, judge)
    void this.tuned.generate(tuned, prompt, sampling, judge)
  }

  stop(): void {
    this.base.stop()
    this.tuned.stop()
  }

  /** Nobody looks any more. */
  close(): void {
    this.stop()
    this.#endListening()
  }
}
