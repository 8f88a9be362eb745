/** One question to an OpenAI-compatible endpoint, asked again where asking again can help. It never throws and never tells the key. */

export interface ChatMessage {
  readonly role: 'system' | 'user'
  readonly content: string
}

export interface ChatOptions {
  /** Up to and without `/chat/completions`, e.g. `http://localhost:8000/v1`. */
  readonly baseUrl: string
  readonly model: string
  /** Empty where the endpoint wants none. */
  readonly apiKey: string
  readonly fetch: typeof fetch
  /** Of one attempt, answer included. */
  readonly timeoutMs: number
  wait(ms: number, stop: AbortSignal): Promise<void>
}

/** `problem`: the end of a sentence that begins with "The judge". */
export type ChatAnswer = { readonly text: string } | { readonly problem: string }

type Attempt = ChatAnswer | { readonly problem: string; readonly retryAfterMs: number | null }

const MAX_ATTEMPTS = 5
const FIRST_WAIT_MS = 500
const MAX_WAIT_MS = 60_000
const MAX_ANSWER_BYTES = 1_000_000

export class ChatEndpoint {
  readonly #options: ChatOptions
  /** Some models take no temperature but their own. */
  #takesTemperature = true

  constructor(options: ChatOptions) {
    this.#options = options
  }

  async ask(messages: readonly ChatMessage[], stop: AbortSignal): Promise<ChatAnswer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(messages, stop)
      if (!('retryAfterMs' in answer)) return answer
      if (stop.aborted) return { problem: 'was stopped' }
      if (attempt === MAX_ATTEMPTS) return { problem: `${answer.problem}, ${MAX_ATTEMPTS} times in a row` }
      // Spread, so that many who were refused together do not come back together.
      const backoffMs = FIRST_WAIT_MS * 2 ** (attempt - 1) * (1 + Math.random() / 2)
      await this.#options.wait(Math.min(MAX_WAIT_MS, answer.retryAfterMs ?? backoffMs), stop)
      if (stop.aborted) return { problem: 'was stopped' }
    }
  }

  async #attempt(messages: readonly ChatMessage[], stop: AbortSignal): Promise<Attempt> {
    const { fetch, timeoutMs } = this.#options
    const hadTemperature = this.#takesTemperature
    const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)])
    try {
      const response = await fetch(this.#url(), this.#request(messages, signal))
      if (response.ok) return readAnswer(await limitedText(response))
      await response.body?.cancel()
      if (response.status === 400 && hadTemperature) {
        this.#takesTemperature = false
        return { problem: 'answered with status 400', retryAfterMs: 0 }
      }
      return refusal(response)
    } catch (error) {
      return failure(error)
    }
  }

  #url(): URL {
    return new URL(`${this.#options.baseUrl.replace(/\/+$/, '')}/chat/completions`)
  }

  #request(messages: readonly ChatMessage[], signal: AbortSignal): RequestInit {
    const { model, apiKey } = this.#options
    const headers = { 'content-type': 'application/json', ...(apiKey !== '' && { authorization: `Bearer ${apiKey}` }) }
    const body = JSON.stringify({ model, messages, ...(this.#takesTemperature && { temperature: 0 }) })
    // A redirection could lead the key to somebody else.
    return { method: 'POST', headers, body, signal, redirect: 'error' }
  }
}

/** What an endpoint says beside its status is not repeated: some repeat the key. */
function refusal({ status, headers }: Response): Attempt {
  const problem = `answered with status ${status}`
  const canPass = status === 408 || status === 429 || status >= 500
  return canPass ? { problem, retryAfterMs: retryAfterMs(headers.get('retry-after')) } : { problem }
}

/** Seconds, or a date. */
function retryAfterMs(value: string | null): number | null {
  if (value === null) return null
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}

/** Only codes of the system are repeated: messages may hold the header with the key. */
function failure(error: unknown): Attempt {
  const { name, code, cause } = error as { name?: string; code?: string; cause?: { code?: unknown } }
  if (name === 'TimeoutError') return { problem: 'did not answer in time', retryAfterMs: null }
  if (error instanceof TooLong) return { problem: 'answered at too great length' }
  if (code === 'ERR_INVALID_URL') return { problem: 'has an address that is no URL' }
  const systemCode = typeof cause?.code === 'string' && /^[A-Z_]+$/.test(cause.code) ? ` (${cause.code})` : ''
  return { problem: `cannot be reached${systemCode}`, retryAfterMs: null }
}

class TooLong extends Error {}

async function limitedText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) throw new TooLong()
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}

function readAnswer(body: string): ChatAnswer {
  try {
    const { choices } = JSON.parse(body) as { choices?: { message?: { content?: unknown } }[] }
    const text = choices?.[0]?.message?.content
    if (typeof text === 'string') return { text }
  } catch {
    // Told below.
  }
  return { problem: 'answered with something that is no chat completion' }
}
