import type { RunDetail, RunSummary } from '#contract/api'
import type { ControlRequest } from '#contract/control'
import type { JournalEvent } from '#contract/journal'
import type { RewardProfile } from '#contract/reward-profile'
import { drawOnce } from './once.ts'
import { isSameProfile } from './reward-profile.ts'
import { workbench, WorkbenchError } from '../workbench.ts'
import { evaluationsLeft, secondsLeft } from './time-left.ts'
import { coalesced } from './coalesced.ts'
import { RunProgress, type RunView } from './run-progress.ts'

/** Points of a curve that is read whole: more than twice as many as any chart has pixels. A run of no more steps is not gathered. */
const MOST_POINTS = 2000
/** Events that are read one by one where the curves are gathered: enough for the longest table and the numbers of the last steps. */
const NEWEST_EVENTS = 600
/** Steps after which the curves are gathered anew, so that a page that is open for days stays quick. */
const MOST_FRESH_STEPS = 5000

/** One run as it happens: what was asked, what its journal says, what can be done with it. Close it when it is no longer shown. */
export class LiveRun {
  readonly id: string
  readonly #keys: readonly string[]
  detail = $state.raw<RunDetail | null>(null)
  error = $state.raw<WorkbenchError | null>(null)
  /** A control command that is on its way. */
  isBusy = $state(false)
  /** What the last command met; shown beside the buttons. */
  commandError = $state.raw<WorkbenchError | null>(null)
  #sentReward = $state.raw<RewardProfile | null>(null)
  /** What the journal says so far; null until it is read. */
  view = $state.raw<RunView | null>(null)
  /** Its curves are gathered: a point stands for several steps. */
  isGathered = $state(false)
  #progress: RunProgress | null = null
  /** What is known is to be read anew, not gone on with. */
  #isStale = true
  #frame = 0
  /** Reads what was asked and what happened since. */
  readonly load = coalesced(() => this.#read())
  readonly #ends: (() => void)[] = []

  /** keys: metrics whose curves are wanted. */
  constructor(id: string, keys: readonly string[]) {
    this.id = id
    this.#keys = keys
    this.#ends.push(
      workbench.on('run.events', (news) => {
        if (news.id === id) this.#hear(news.events)
      }),
      workbench.on('runs.changed', (news) => {
        if (news.id === id) this.#changed(news.summary)
      }),
      workbench.onConnection((connection) => {
        if (connection === 'lost') this.#isStale = true
        if (connection === 'open') void this.load()
      }),
    )
    void this.load()
  }

  close(): void {
    cancelAnimationFrame(this.#frame)
    for (const end of this.#ends) end()
  }

  async #read(): Promise<void> {
    try {
      const detail = await workbench.call('runs.get', this.id)
      if (this.#isStale || !this.#progress) {
        this.#isStale = false
        this.#progress = await this.#readProgress(detail)
        this.view ??= this.#progress.view()
        this.#show()
      }
      this.detail = detail
      this.#take(await workbench.call('runs.events', this.id, this.#progress.lastSeq))
      this.error = null
    } catch (error) {
      this.error = asError(error)
      this.#isStale = true
    }
  }

  async #readProgress({ config }: RunDetail): Promise<RunProgress> {
    const history = await workbench.call('runs.history', this.id, [...this.#keys], MOST_POINTS)
    this.isGathered = history.stepsPerPoint > 1
    const newest = this.isGathered
      ? await workbench.call('runs.events', this.id, Math.max(0, history.lastSeq - NEWEST_EVENTS))
      : []
    return RunProgress.of(config.reward, history, newest)
  }

  control(request: ControlRequest): Promise<void> {
    return this.#command(() => workbench.call('runs.control', this.id, request, drawOnce()))
  }

  changeReward(profile: RewardProfile): Promise<void> {
    this.#sentReward = profile
    return this.control({ command: 'set-reward', argument: profile })
  }

  /** A change of the weights was sent and does not weigh yet. */
  get isRewardPending(): boolean {
    return this.#sentReward !== null && !this.commandError && !isSameProfile(this.#sentReward, this.view?.reward)
  }

  resume(): Promise<void> {
    return this.#command(() => workbench.call('runs.resume', this.id, { acceptJudge: false, once: drawOnce() }))
  }

  /** Seconds until the end; null when it cannot be told. */
  get secondsLeft(): number | null {
    const { view, detail } = this
    if (!view || !detail || detail.summary.status !== 'running') return null
    const { steps, evaluation } = detail.config
    return secondsLeft(
      view.columns.column('timing_s/step').y,
      steps - view.step,
      view.columns.last('timing_s/evaluation') ?? 0,
      evaluationsLeft(view.step, steps, evaluation.every),
    )
  }

  /** Events that were told: a gap before them (they came before an answer that is on its way) is closed by reading. */
  #hear(events: readonly JournalEvent[]): void {
    if (!this.#progress || (events[0]?.seq ?? 0) > this.#progress.lastSeq + 1) void this.load()
    else this.#take(events)
  }

  #changed(summary: RunSummary | null): void {
    if (summary !== null && this.detail?.summary.status === summary.status) this.detail = { ...this.detail, summary }
    else void this.load()
  }

  /** Events come as fast as a trainer writes them; a screen changes once a frame. */
  #show(): void {
    if (this.#frame !== 0) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      this.view = this.#progress?.view() ?? null
    })
  }

  #take(events: readonly JournalEvent[]): void {
    if (!this.#progress?.take(events)) return
    this.#show()
    if (this.#progress.freshSteps <= MOST_FRESH_STEPS) return
    this.#progress.freshSteps = 0
    this.#isStale = true
    void this.load()
  }

  async #command(send: () => Promise<unknown>): Promise<void> {
    this.isBusy = true
    this.commandError = null
    try {
      await send()
    } catch (error) {
      this.commandError = asError(error)
    }
    this.isBusy = false
  }
}

function asError(error: unknown): WorkbenchError {
  return error instanceof WorkbenchError ? error : new WorkbenchError({ code: 'unknown', message: String(error) })
}
