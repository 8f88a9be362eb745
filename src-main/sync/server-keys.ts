/** Server and key of a wish: the address that is named, and the key that was given for it or that the official client finds. */
import type { FailureCode } from '#contract/failure'
import type { GivenKey, LoginAnswer, LoginAsk } from '#contract/sync-start'
import { hostOf, ServerRefusal, type Server } from './request.ts'

export const PUBLIC_SERVER = 'https://api.wandb.ai'
/** A key that was changed meanwhile is found after so long. */
const KEPT_MS = 60_000

export interface ServerKeysOptions {
  readonly given: GivenKey | null
  readonly environment: NodeJS.ProcessEnv
  readonly askLogin: (ask: LoginAsk) => Promise<LoginAnswer>
  readonly timeoutMs: number
}

export class ServerKeys {
  readonly #options: ServerKeysOptions
  readonly #found = new Map<string, { readonly atMs: number; readonly key: Promise<string> }>()

  constructor(options: ServerKeysOptions) {
    this.#options = options
  }

  /** Throws ServerRefusal sync.bad-address, sync.no-key, sync.no-client. */
  async server(named: string | null): Promise<Server> {
    const baseUrl = baseUrlOf(named, this.#options.environment)
    return { baseUrl, key: await this.#key(baseUrl), timeoutMs: this.#options.timeoutMs }
  }

  #key(baseUrl: string): Promise<string> {
    const { given, environment } = this.#options
    // A key is typed for one server; another one never sees it.
    if (given !== null && given.host === hostOf(baseUrl)) return Promise.resolve(given.key)
    if (environment.WANDB_API_KEY) return Promise.resolve(environment.WANDB_API_KEY.trim())
    const known = this.#found.get(baseUrl)
    if (known !== undefined && Date.now() - known.atMs < KEPT_MS) return known.key
    const key = this.#options.askLogin({ key: null, baseUrl, proof: null }).then(keyIn)
    this.#found.set(baseUrl, { atMs: Date.now(), key })
    return key
  }
}

/** As it was written, by whoever wrote it. */
export function addressOf(named: string | null, environment: NodeJS.ProcessEnv): string {
  return named ?? (environment.WANDB_BASE_URL || PUBLIC_SERVER)
}

/** Throws ServerRefusal sync.bad-address. */
export function baseUrlOf(named: string | null, environment: NodeJS.ProcessEnv): string {
  const address = addressOf(named, environment)
  const url = URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol)) throw new ServerRefusal('sync.bad-address', { address })
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

function keyIn(answer: LoginAnswer): string {
  if ('failure' in answer) throw new ServerRefusal(answer.failure.code as FailureCode, answer.failure.facts)
  return answer.key
}
