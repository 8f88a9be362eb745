import type { TaskSummary } from '#contract/api'
import type { Component } from '#contract/components'
import type { ReweighReport, WeighedScores } from '#contract/reweigh'
import type { RewardProfile } from '#contract/reward-profile'
import type { Scores } from '#contract/score'
import { workbench, WorkbenchError } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'
import { drawOnce } from './once.ts'
import { isSameProfile } from './reward-profile.ts'

/** A design with its five scores, whether it was pasted or stored. */
export interface ScoredDesign {
  readonly title: string
  readonly instruction: string
  readonly code: string
  readonly scores: Scores
}

/** The profile that is being tried, and what it makes of a run's completions and of one design. */
export class RewardBench {
  profile = $state.raw<RewardProfile | null>(null)
  /** Those of presets and those that were saved. */
  known = $state.raw<readonly RewardProfile[]>([])
  saved = $state.raw<readonly RewardProfile[]>([])
  tasks = $state.raw<readonly TaskSummary[]>([])
  /** The first one, whose settings score what is tried here; '' before it is known. */
  preset = $state('')
  readonly reweighed = new Latest<ReweighReport>()
  readonly scored = new Latest<ScoredDesign>()
  readonly weighed = new Latest<WeighedScores>()
  readonly loading = new Latest<null>()

  constructor() {
    void this.loading.ask(() => this.#load())
  }

  async #load(): Promise<null> {
    const [presets, saved, tasks] = await Promise.all([
      workbench.call('presets.list'),
      workbench.call('rewards.profiles'),
      workbench.call('tasks.list', 'starter', 'train'),
    ])
    const rewards = presets.map(({ config }) => config.reward)
    this.known = rewards.filter((profile, i) => rewards.findIndex((one) => isSameProfile(one, profile)) === i)
    this.saved = saved
    this.tasks = tasks
    this.preset = presets[0]?.name ?? ''
    this.profile ??= rewards[0] ?? null
    return null
  }

  async save(name: string): Promise<void> {
    const profile = { ...this.profile!, name }
    await this.loading.act(async () => {
      this.saved = await workbench.call('rewards.save', profile)
      this.profile = profile
      return null
    })
  }

  /** What came of it, in a sentence. */
  async apply(runId: string): Promise<string> {
    try {
      await workbench.call('runs.control', runId, { command: 'set-reward', argument: this.profile! }, drawOnce())
      return 'Sent: it weighs from the next step, and the journal says so.'
    } catch (error) {
      return error instanceof WorkbenchError ? `${error.message} ${error.remedy}` : String(error)
    }
  }

  reweigh(runId: string, stepCount: number): void {
    const { profile } = this
    if (profile) void this.reweighed.ask(() => workbench.call('rewards.reweigh', runId, profile, stepCount))
  }

  /** text: a completion, or a module alone. */
  score(task: TaskSummary, text: string): void {
    const completion = text.includes('```') ? text : `\`\`\`verilog\n${text}\n\`\`\``
    void this.scored.ask(async () => {
      const { scores, code } = await workbench.call('score.completion', 'starter', task.id, completion, 'netlist', false)
      return { title: `Your design for ${task.id}`, instruction: task.instruction, code, scores }
    })
  }

  openStored(runId: string, step: number, index: number): void {
    void this.scored.ask(async () => {
      const { taskId, instruction, code, scores } = await workbench.call('rollouts.read', runId, step, index)
      return { title: `Step ${step}, ${taskId}`, instruction, code, scores }
    })
  }

  weigh(scores: Scores): void {
    const { profile } = this
    if (profile) void this.weighed.ask(() => workbench.call('rewards.weigh', scores, profile))
  }
}

/** What each component adds, largest first. */
export function largestParts(parts: Readonly<Record<Component, number>>): readonly (readonly [Component, number])[] {
  return (Object.entries(parts) as [Component, number][]).toSorted(([, a], [, b]) => b - a)
}
