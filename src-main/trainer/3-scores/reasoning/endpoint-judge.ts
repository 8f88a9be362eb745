/**
 * A model on an OpenAI-compatible endpoint as a judge of reasoning: several items a request, each judged once. What goes wrong with the endpoint
 * is never a completion's fault: such an item is unscored.
 */
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { ChatEndpoint, type ChatOptions } from './chat-endpoint.ts'
import { askAbout, DIALOGUE_VERSION, verdictsIn, type JudgedItem, type Verdict } from './judge-dialogue.ts'

export type { JudgedItem } from './judge-dialogue.ts'

export type Judgement = Verdict | { readonly unscored: string }

export type EndpointJudgeOptions = Pick<ChatOptions, 'baseUrl' | 'model' | 'apiKey'> &
  Partial<Pick<ChatOptions, 'fetch' | 'timeoutMs' | 'wait'>> & {
    /** Items in one request. One that speaks to the judge could touch its neighbours: 1 keeps them apart at a higher price. */
    readonly itemsPerRequest?: number
    readonly requestsAtOnce?: number
  }

const MAX_CACHED = 20_000
const NEVER = new AbortController().signal

export class EndpointJudge {
  readonly #endpoint: ChatEndpoint
  readonly #identity: string
  readonly #itemsPerRequest: number
  readonly #requestsAtOnce: number
  /** By content; also what is under way. Unscored ones are forgotten. */
  readonly #known = new Map<string, Promise<Judgement>>()

  constructor(options: EndpointJudgeOptions) {
    const { baseUrl, model, apiKey, timeoutMs = 120_000, wait = waitFor, itemsPerRequest = 4, requestsAtOnce = 4 } = options
    this.#endpoint = new ChatEndpoint({ baseUrl, model, apiKey, fetch: options.fetch ?? fetch, timeoutMs, wait })
    this.#identity = `${DIALOGUE_VERSION}\n${baseUrl}\n${model}`
    this.#itemsPerRequest = itemsPerRequest
    this.#requestsAtOnce = requestsAtOnce
  }

  /** In the order of the items. Never rejects; `stop` leaves what is not judged by then unscored. */
  async judge(items: readonly JudgedItem[], stop: AbortSignal = NEVER): Promise<Judgement[]> {
    const keys = items.map((item) => this.#keyOf(item))
    const asked = new Map<string, Pending>()
    items.forEach((item, i) => {
      const key = keys[i]!
      if (this.#known.has(key)) return
      const pending = new Pending(item)
      asked.set(key, pending)
      this.#known.set(key, pending.judgement)
    })
    const judgements = keys.map((key) => this.#known.get(key)!)
    await this.#askAll([...asked.values()], stop)
    for (const [key, { judgement }] of asked) if ('unscored' in (await judgement)) this.#known.delete(key)
    while (this.#known.size > MAX_CACHED) this.#known.delete(this.#known.keys().next().value!)
    return Promise.all(judgements)
  }

  #keyOf({ instruction, reasoning, code }: JudgedItem): string {
    return createHash('sha256')
      .update(JSON.stringify([this.#identity, instruction, reasoning, code]))
      .digest('base64')
  }

  async #askAll(pending: readonly Pending[], stop: AbortSignal): Promise<void> {
    const open = pending.filter(({ item }) => item.reasoning.trim() !== '')
    for (const each of pending) if (!open.includes(each)) each.settle({ value: 0, reasons: ['There is no reasoning.'] })
    await this.#inTurns(groupsOf(open, this.#itemsPerRequest), (group) => this.#ask(group, stop))
    // Where an answer could not be read, one item may have spoilt it for all.
    const left = open.filter(({ canBeAskedAlone }) => canBeAskedAlone)
    await this.#inTurns(groupsOf(left, 1), (group) => this.#ask(group, stop))
  }

  async #inTurns<T>(jobs: readonly T[], work: (job: T) => Promise<void>): Promise<void> {
    const left = jobs.values()
    const worker = async (): Promise<void> => {
      for (const job of left) await work(job)
    }
    await Promise.all(Array.from({ length: this.#requestsAtOnce }, worker))
  }

  async #ask(group: readonly Pending[], stop: AbortSignal): Promise<void> {
    const { messages, ids } = askAbout(group.map(({ item }) => item))
    const answer = await this.#endpoint.ask(messages, stop)
    const verdicts = 'text' in answer ? verdictsIn(answer.text, ids) : new Map<string, Verdict>()
    group.forEach((pending, i) => {
      const verdict = verdicts.get(ids[i]!)
      if (verdict !== undefined) pending.settle(verdict)
      else if ('problem' in answer) pending.settle({ unscored: `The judge ${answer.problem}.` })
      else if (group.length > 1) pending.canBeAskedAlone = true
      else pending.settle({ unscored: 'The judge gave no grade for it that can be read.' })
    })
  }
}

/** An item under way. */
class Pending {
  readonly item: JudgedItem
  readonly judgement: Promise<Judgement>
  readonly settle: (judgement: Judgement) => void
  canBeAskedAlone = false

  constructor(item: JudgedItem) {
    this.item = item
    const { promise, resolve } = Promise.withResolvers<Judgement>()
    this.judgement = promise
    this.settle = resolve
  }
}

function groupsOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  // Stopped is as good as waited.
  await delay(ms, undefined, { signal }).catch(() => {})
}
