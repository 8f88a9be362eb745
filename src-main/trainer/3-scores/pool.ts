/**
 * Worker threads that score. A design that hangs Yosys costs its worker: the thread is ended and replaced. Nothing in a completion can reach
 * outside: the tool is WebAssembly without files, network or processes.
 */
import { Worker } from 'node:worker_threads'
import type { Equivalence } from './formal/equivalence.ts'
import type { ScoredDesign } from './score-design.ts'
import type { JobAnswer, WorkerJob, WorkerMessage } from './score-worker.ts'

export type JobResult =
  | { readonly outcome: 'scored'; readonly report: ScoredDesign }
  | { readonly outcome: 'decided'; readonly proof: Equivalence }
  | { readonly outcome: 'timeout'; readonly limitMs: number }
  | { readonly outcome: 'crashed'; readonly reason: string }
  /** The reference or the tool itself failed: nothing that the completion could cause. */
  | { readonly outcome: 'unusable'; readonly reason: string }

export interface PoolOptions {
  readonly workers: number
  /** Of a completion's own work: a far backstop, for work is bounded by size first. */
  readonly timeoutMs: number
  /** Of preparing a task's reference, which a thread does once. */
  readonly prepareTimeoutMs: number
  /** A job during which the process grows by more than this is ended; WebAssembly knows no limit of its own. */
  readonly maxGrowthBytes: number
  /** Threads give way to an engine of the same machine. */
  readonly isBehind: boolean
}

const WATCH_INTERVAL_MS = 100
/** References that a worker keeps, some 6 KB each of the starter's: those of a whole data set, or they would be gone when it begins again. */
export const MAX_PREPARED = 1024
/** Jobs among which a worker looks for one that suits it: those of a step or two. */
const LOOK_AHEAD = 256
const CLOSED: JobResult = { outcome: 'unusable', reason: 'Scoring was stopped.' }

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never
export type Job = WithoutId<WorkerJob>
interface Waiting {
  readonly job: Job
  resolve(result: JobResult): void
}

export class ScorePool {
  readonly #options: PoolOptions
  readonly #idle: PoolWorker[] = []
  readonly #waiting: Waiting[] = []
  readonly #all = new Set<PoolWorker>()
  #isClosed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  run(job: Job): Promise<JobResult> {
    if (this.#isClosed) return Promise.resolve(CLOSED)
    return new Promise((resolve) => {
      this.#waiting.push({ job, resolve })
      this.#next()
    })
  }

  /** What has not been scored by now stays unscored. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const { resolve } of this.#waiting.splice(0)) resolve(CLOSED)
    await Promise.all([...this.#all].map((worker) => worker.end()))
  }

  #next(): void {
    if (this.#waiting.length === 0) return
    const worker = this.#freeWorker(this.#waiting[0]!.job)
    if (worker === undefined) return
    const [{ job, resolve }] = this.#waiting.splice(this.#placeFor(worker), 1) as [Waiting]
    void worker.perform(job, this.#options).then(({ result, isIdle }) => {
      if (isIdle) this.#idle.push(worker)
      else this.#drop(worker)
      resolve(this.#isClosed ? CLOSED : result)
      this.#next()
    })
  }

  /** One that knows the job's reference, where such a one is idle. */
  #freeWorker(job: Job): PoolWorker | undefined {
    const known = this.#idle.findIndex((worker) => worker.prepared.has(job.task.id))
    if (known >= 0) return this.#idle.splice(known, 1)[0]
    return this.#idle.pop() ?? (this.#all.size < this.#options.workers ? this.#start() : undefined)
  }

  #placeFor(worker: PoolWorker): number {
    const [own, taken] = [worker.prepared, [...this.#all].map(({ prepared }) => prepared)]
    return nextPlace(
      this.#waiting.slice(0, LOOK_AHEAD).map(({ job }) => job.task.id),
      own,
      (id) => taken.some((ids) => ids.has(id)),
    )
  }

  #start(): PoolWorker {
    const worker = new PoolWorker(this.#options)
    this.#all.add(worker)
    return worker
  }

  #drop(worker: PoolWorker): void {
    this.#all.delete(worker)
    void worker.end()
  }
}

/** `isIdle`: the thread waits for another job; otherwise it is lost. */
interface Performed {
  readonly result: JobResult
  readonly isIdle: boolean
}

function resultOf(answer: JobAnswer): JobResult {
  if ('report' in answer) return { outcome: 'scored', report: answer.report }
  if ('proof' in answer) return { outcome: 'decided', proof: answer.proof }
  return { outcome: 'unusable', reason: answer.unusable }
}

/**
 * Which of the waiting tasks a worker takes. A reference costs as much as a design: first what the worker has prepared, then what nobody has, else
 * the one that came first.
 */
export function nextPlace(waiting: readonly string[], own: ReadonlySet<string>, isTaken: (id: string) => boolean): number {
  const known = waiting.findIndex((id) => own.has(id))
  if (known >= 0) return known
  return Math.max(
    0,
    waiting.findIndex((id) => !isTaken(id)),
  )
}

/** One thread and the job that it is on. */
class PoolWorker {
  /** Tasks whose reference it has, or is about to have. */
  readonly prepared = new Set<string>()
  readonly #worker: Worker
  /** When it has compiled what it runs, or is gone. Ended before that it may take the process along. */
  readonly #ready: Promise<void>
  #jobCount = 0
  #job: { settle(performed: Performed): void; prepared(): void; broken(reason: string): void } | null = null

  constructor({ isBehind }: Pick<PoolOptions, 'isBehind'>) {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    this.#worker = new Worker(new URL(`./score-worker.${extension}`, import.meta.url), { workerData: { isBehind } })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ready = promise
    this.#worker.on('exit', () => resolve())
    this.#worker.on('message', (answer: WorkerMessage) => {
      if ('isReady' in answer) return resolve()
      if (answer.id !== this.#jobCount) return
      if ('isPrepared' in answer) this.#job?.prepared()
      else this.#job?.settle({ result: resultOf(answer), isIdle: true })
    })
    this.#worker.on('error', (error) => this.#broken(error instanceof Error ? error.message : String(error)))
    this.#worker.on('exit', (code) => this.#broken(`the scoring thread ended with ${code}`))
    // An idle pool must not keep its process alive; a pending job does.
    this.#worker.unref()
  }

  /** Until the reference is prepared, nothing is the completion's fault. */
  async perform(job: Job, { timeoutMs, prepareTimeoutMs, maxGrowthBytes }: PoolOptions): Promise<Performed> {
    this.prepared.add(job.task.id)
    if (this.prepared.size > MAX_PREPARED) this.prepared.delete(this.prepared.values().next().value!)
    this.#worker.ref()
    await this.#ready
    let timer: NodeJS.Timeout | undefined
    let watch: NodeJS.Timeout | undefined
    const maxBytes = process.memoryUsage.rss() + maxGrowthBytes
    const performed = await new Promise<Performed>((resolve) => {
      let isPrepared = job.kind === 'prove'
      const lost = (result: JobResult, what: string): void =>
        resolve({ result: isPrepared ? result : { outcome: 'unusable', reason: `The task's reference ${what}.` }, isIdle: false })
      const startTimer = (limitMs: number): void => {
        clearTimeout(timer)
        timer = setTimeout(() => lost({ outcome: 'timeout', limitMs }, `was not prepared in ${limitMs / 1000} s`), limitMs)
      }
      this.#job = {
        settle: resolve,
        prepared: () => {
          isPrepared = true
          startTimer(timeoutMs)
        },
        broken: (reason) => lost({ outcome: 'crashed', reason }, `broke the tools: ${reason}`),
      }
      startTimer(isPrepared ? timeoutMs : prepareTimeoutMs)
      watch = setInterval(() => {
        const reason = `it took more than ${maxGrowthBytes / 1e9} GB`
        if (process.memoryUsage.rss() > maxBytes) this.#broken(reason)
      }, WATCH_INTERVAL_MS)
      this.#worker.postMessage({ id: ++this.#jobCount, ...job } satisfies WorkerJob)
    })
    clearTimeout(timer)
    clearInterval(watch)
    this.#job = null
    this.#worker.unref()
    return performed
  }

  #broken(reason: string): void {
    this.#job?.broken(reason)
  }

  async end(): Promise<void> {
    this.#worker.ref()
    await this.#ready
    await this.#worker.terminate()
  }
}
