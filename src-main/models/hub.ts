/**
 * The HTTP side of a model hub: addresses, the token, redirects, and what goes wrong on the way as sentences. The token goes to the hub alone:
 * large files are redirected to stores of other owners, which sign their addresses and must not see it.
 * Source: the Hugging Face hub's published HTTP interface (`/api/models`, `/resolve`).
 */
import { z } from 'zod'
import { Failure } from '#contract/failure'
import type { HubFile } from './chosen-files.ts'

const PUBLIC_HUB = 'https://huggingface.co'

export interface HubSettings {
  /** Address without a slash at its end. */
  readonly endpoint: string
  /** null without one. Never logged, never told. */
  readonly token: string | null
  readonly wait: (milliseconds: number) => Promise<void>
  /** A connection that gives nothing for so long is cut. */
  readonly silenceMs: number
  /** Ends what is asked of the hub. */
  readonly stop: AbortSignal
}

export interface HubModel {
  /** Commit. */
  readonly revision: string
  readonly licence: string | null
}

/** An answer, or a connection, that may be better next time. */
export class Interruption extends Error {
  readonly retryAfterMs: number | null

  constructor(message: string, retryAfterMs: number | null = null) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

const REDIRECTS = [301, 302, 303, 307, 308]
const MAX_REDIRECTS = 5
const MAX_ATTEMPTS = 5
const FIRST_WAIT_MS = 1_000
const MAX_WAIT_MS = 60_000
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

const modelSchema = z.object({
  sha: z.string().regex(/^[0-9a-f]{40,64}$/),
  cardData: z.object({ license: z.unknown() }).nullish().catch(null),
  tags: z.array(z.string()).nullish().catch(null),
})
const treeSchema = z.array(
  z.object({
    type: z.string(),
    path: z.string(),
    size: z.number().min(0).optional(),
    oid: z.string(),
    lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.number().min(0) }).nullish(),
  }),
)

/** HF_ENDPOINT, else the public hub. Throws Failure arguments.invalid where the token could be read on the way. */
export function hubEndpoint(environment: NodeJS.ProcessEnv): string {
  const text = (environment.HF_ENDPOINT || PUBLIC_HUB).replace(/\/+$/, '')
  const url = URL.parse(text)
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))
  if (!isSafe) {
    throw new Failure('arguments.invalid', {
      problem: `HF_ENDPOINT is "${text}"; it must begin with https:// (http:// is for this computer alone).`,
    })
  }
  return text
}

export class Hub {
  readonly host: string
  readonly settings: HubSettings

  constructor(settings: HubSettings) {
    this.settings = settings
    this.host = new URL(settings.endpoint).host
  }

  /** The commit that a branch or tag means now. */
  async model(repository: string, revision: string): Promise<HubModel> {
    const path = `/api/models/${repository}/revision/${encodeURIComponent(revision)}`
    const { value } = await this.#json(path, repository, `model ${repository} with the revision ${revision}`)
    const { sha, cardData, tags } = this.#checked(modelSchema, value)
    const tag = tags?.find((name) => name.startsWith('license:'))?.slice('license:'.length)
    const { license } = cardData ?? {}
    return { revision: sha, licence: typeof license === 'string' ? license : (tag ?? null) }
  }

  async files(repository: string, revision: string): Promise<HubFile[]> {
    const files: HubFile[] = []
    let path: string | null = `/api/models/${repository}/tree/${revision}?recursive=true`
    while (path !== null) {
      const page = await this.#json(path, repository, `file list of ${repository}`)
      for (const { type, path: name, size, oid, lfs } of this.#checked(treeSchema, page.value)) {
        if (type !== 'file') continue
        const checksum = lfs ? { kind: 'sha256' as const, hex: lfs.oid } : { kind: 'git-sha1' as const, hex: oid }
        files.push({ path: name, bytes: lfs?.size ?? size ?? 0, checksum })
      }
      path = this.#nextPage(page.link)
    }
    return files
  }

  /** The answer to a GET after its redirects, its body unread. Throws Failure for what will not change, Interruption for what may. */
  async get(
    path: string,
    repository: string,
    what: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Response> {
    const origin = new URL(this.settings.endpoint).origin
    let url = new URL(this.settings.endpoint + path)
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const { token } = this.settings
      const sent = token !== null && url.origin === origin ? { ...headers, authorization: `Bearer ${token}` } : headers
      const answer = await this.#fetch(url, sent, signal)
      if (!REDIRECTS.includes(answer.status)) return this.#accepted(answer, repository, what)
      await answer.body?.cancel()
      url = this.#redirected(url, answer.headers.get('location'))
    }
    throw new Failure('download.untrusted', { host: this.host, problem: 'it redirects without an end' })
  }

  /** Repeats with growing waits what was interrupted; `hasProgress` says whether the last try came further. */
  async persist<T>(attempt: () => Promise<T>, hasProgress: () => boolean = () => false): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        return await attempt()
      } catch (error) {
        this.settings.stop.throwIfAborted()
        if (!(error instanceof Interruption)) throw error
        if (hasProgress()) failures = 1
        if (failures >= MAX_ATTEMPTS)
          throw new Failure('download.unreachable', { host: this.host, reason: error.message }, { cause: error })
        await this.settings.wait(Math.min(MAX_WAIT_MS, error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (failures - 1)))
      }
    }
  }

  #json(path: string, repository: string, what: string): Promise<{ value: unknown; link: string | null }> {
    return this.persist(async () => {
      const { silenceMs, stop } = this.settings
      const signal = AbortSignal.any([AbortSignal.timeout(silenceMs), stop])
      const answer = await this.get(path, repository, what, { accept: 'application/json' }, signal)
      let text: string
      try {
        text = await answer.text()
      } catch (error) {
        throw new Interruption(reasonOf(error))
      }
      try {
        return { value: JSON.parse(text) as unknown, link: answer.headers.get('link') }
      } catch (error) {
        throw new Failure('download.untrusted', { host: this.host, problem: `${path} is not JSON` }, { cause: error })
      }
    })
  }

  async #fetch(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    try {
      // Checksums and ranges are of the plain bytes.
      return await fetch(url, { redirect: 'manual', headers: { 'accept-encoding': 'identity', ...headers }, signal })
    } catch (error) {
      throw new Interruption(reasonOf(error))
    }
  }

  async #accepted(answer: Response, repository: string, what: string): Promise<Response> {
    const { status } = answer
    if (answer.ok || status === 416) return answer
    await answer.body?.cancel()
    if (status === 404 || status === 410) throw new Failure('download.missing', { host: this.host, what })
    if (status === 401 || status === 403) throw this.#refusal(status, repository)
    if (status === 408 || status === 429 || status >= 500) {
      throw new Interruption(`it answers ${status} ${answer.statusText}`.trim(), retryAfter(answer.headers.get('retry-after')))
    }
    throw new Failure('download.untrusted', { host: this.host, problem: `it answers ${status} ${answer.statusText}`.trim() })
  }

  /** The hub says 401 for what does not exist, too, so as not to tell. */
  #refusal(status: number, repository: string): Failure {
    const hasToken = this.settings.token !== null
    const reason =
      status === 403 && hasToken
        ? 'the account of HF_TOKEN has no access to it'
        : hasToken
          ? 'it does not exist, or HF_TOKEN is not valid'
          : 'it does not exist, or it is only for people who have logged in'
    const remedy = hasToken
      ? `Ask for access on ${this.settings.endpoint}/${repository}, check the token, or paste a local folder instead.`
      : `Check the name. If it is right, accept its terms on ${this.settings.endpoint}/${repository} and set HF_TOKEN in the environment.`
    return new Failure('download.refused', { host: this.host, repository, reason, remedy })
  }

  #redirected(from: URL, location: string | null): URL {
    const to = location === null ? null : URL.parse(location, from.href)
    const isSafe = to !== null && (to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:'))
    if (!isSafe)
      throw new Failure('download.untrusted', { host: this.host, problem: 'it redirects to an address that is not safe' })
    return to
  }

  /** Long lists come in pages, of the same hub only. */
  #nextPage(link: string | null): string | null {
    const found = /<([^>]+)>;\s*rel="?next"?/.exec(link ?? '')?.[1]
    if (found === undefined) return null
    const next = new URL(found, this.settings.endpoint)
    if (next.origin !== new URL(this.settings.endpoint).origin) {
      throw new Failure('download.untrusted', { host: this.host, problem: 'its list goes on at another address' })
    }
    return (next.pathname + next.search).slice(new URL(this.settings.endpoint).pathname.replace(/\/$/, '').length)
  }

  #checked<T>(schema: z.ZodType<T>, value: unknown): T {
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    throw new Failure('download.untrusted', { host: this.host, problem: 'it is not the answer of a model hub' })
  }
}

/** What is behind "fetch failed", as words for a person. */
export function reasonOf(error: unknown): string {
  const { code, message = String(error), name } = ((error as Error).cause ?? error) as NodeJS.ErrnoException
  if (name === 'TimeoutError' || code === 'UND_ERR_CONNECT_TIMEOUT') return 'it does not answer'
  const words: Readonly<Record<string, string>> = {
    ENOTFOUND: 'its name is not known to the network',
    EAI_AGAIN: 'its name is not known to the network',
    ECONNREFUSED: 'it takes no connection',
    ECONNRESET: 'the connection was cut',
    ETIMEDOUT: 'it does not answer',
    ENETUNREACH: 'there is no network',
    EHOSTUNREACH: 'there is no way to it',
    UND_ERR_SOCKET: 'the connection was cut',
  }
  return words[code ?? ''] ?? message
}

function retryAfter(text: string | null): number | null {
  const seconds = Number(text ?? Number.NaN)
  return text !== null && Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : null
}
