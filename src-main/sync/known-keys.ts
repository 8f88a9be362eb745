/** The API keys that a workbench knows: where one comes from, and whose it is. */
import type { ErrorRecord } from '#contract/api'
import type { FailureCode } from '#contract/failure'
import type { KeyInUse, KeySource, LoginProof } from '#contract/sync'
import type { GivenKey, LoginAnswer, LoginAsk, RefusalRecord } from '#contract/sync-start'
import { hostOf, ServerRefusal } from './request.ts'

/** Keeps one secret for a person: the system's keychain where there is one. */
export interface KeyKeeper {
  read(): GivenKey | null
  /** null: it is kept; else why it is forgotten with this process. */
  keep(given: GivenKey): string | null
  forget(): void
  /** What `keep` would say. */
  forgottenBecause(): string | null
}

export interface KnownKeysOptions {
  readonly keys: KeyKeeper
  readonly environment: NodeJS.ProcessEnv
  readonly askLogin: (ask: LoginAsk) => Promise<LoginAnswer>
}

export class KnownKeys {
  readonly #options: KnownKeysOptions

  constructor(options: KnownKeysOptions) {
    this.#options = options
  }

  /** Asks no server. */
  async inUse(baseUrl: string): Promise<KeyInUse> {
    const host = hostOf(baseUrl)
    const likely = this.#sourceOf(host)
    const isThere = likely !== 'netrc' || 'key' in (await this.#options.askLogin({ key: null, baseUrl, proof: null }))
    return { host, source: isThere ? likely : null, forgottenBecause: this.#options.keys.forgottenBecause() }
  }

  /** One that was typed is kept as soon as the server has said whose it is. Throws ServerRefusal. */
  async prove(typed: string | null, baseUrl: string, place: LoginAsk['proof'] & object): Promise<LoginProof> {
    const { keys, askLogin } = this.#options
    const host = hostOf(baseUrl)
    const stored = keys.read()
    const kept = stored?.host === host ? stored.key : null
    const answer = await askLogin({ key: typed ?? kept, baseUrl, proof: place })
    if ('failure' in answer) throw refusalIn(answer.failure)
    if (typed !== null) keys.keep({ key: typed, host })
    const { entity, teams, project, placeFailure } = answer
    const keyInUse = { host, source: this.#sourceOf(host), forgottenBecause: keys.forgottenBecause() }
    return { keyInUse, entity, teams, project, problem: placeFailure && recordOf(refusalIn(placeFailure)) }
  }

  forget(): void {
    this.#options.keys.forget()
  }

  /** Of a key that there is. */
  #sourceOf(host: string): KeySource {
    const { keys, environment } = this.#options
    if (keys.read()?.host === host) return keys.forgottenBecause() === null ? 'keychain' : 'typed'
    return environment.WANDB_API_KEY ? 'environment' : 'netrc'
  }
}

/** For as long as this process lives: a browser has no keychain of the system. */
export function forgetfulKeys(): KeyKeeper {
  const because = 'a browser has no keychain; `wandb login` or WANDB_API_KEY lasts'
  let known: GivenKey | null = null
  return {
    read: () => known,
    keep: (given) => {
      known = given
      return because
    },
    forget: () => (known = null),
    forgottenBecause: () => because,
  }
}

function refusalIn({ code, facts }: RefusalRecord): ServerRefusal {
  return new ServerRefusal(code as FailureCode, facts)
}

function recordOf({ code, message, remedy, setting }: ServerRefusal): ErrorRecord {
  return { code, message, remedy, field: setting }
}
