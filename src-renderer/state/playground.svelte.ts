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
import { Draft } from './draft.svelte.ts'
import { Latest } from './latest.svelte.ts'
import { readLike } from './setting-changes.ts'

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

/** What is typed and chosen, as it is kept. */
interface TypedPrompt {
  readonly mode: 'task' | 'text'
  readonly dataset: string
  readonly split: 'train' | 'validation'
  readonly taskId: string | null
  readonly text: string
  readonly search: string
  readonly sampling: PlaygroundSampling
  readonly judge: Judge
}

const FIRST: TypedPrompt = {
  mode: 'task',
  dataset: 'starter',
  split: 'validation',
  taskId: null,
  text: '',
  search: '',
  sampling: SAMPLING,
  judge: 'netlist',
}

/** A prompt, how it is sampled, and two models that answer it. */
export class Playground {
  readonly #kept = new Draft('playground', 1, FIRST, readLike(FIRST))
  readonly #began = this.#kept.found ?? FIRST
  mode = $state(this.#began.mode)
  dataset = $state(this.#began.dataset)
  /** Test tasks are for evaluations alone. */
  split = $state(this.#began.split)
  taskId = $state(this.#began.taskId)
  text = $state(this.#began.text)
  /** Words that the tasks to choose from must have. */
  search = $state(this.#began.search)
  sampling = $state(this.#began.sampling)
  judge = $state(this.#began.judge)
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

  /** To be called inside an effect: keeps what is typed with every change. */
  keep(): void {
    const { mode, dataset, split, taskId, text, search, judge } = this
    this.#kept.keep({ mode, dataset, split, taskId, text, search, judge, sampling: $state.snapshot(this.sampling) })
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
