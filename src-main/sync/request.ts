/** One request to a W&B server: JSON goes out, and only a JSON object that comes with a 2xx is an answer. Everything else is a refusal with its sentence. */
import { Failure, type FailureCode } from '#contract/failure'

export interface Server {
  /** Without a slash at its end. */
  readonly baseUrl: string
  readonly key: string
  readonly timeoutMs: number
}

/** Where a request is about: its sentences name it. */
export interface Place {
  readonly entity: string
  readonly project: string
}

/** A server that did not do what it was asked. What was to be sent waits. */
export class ServerRefusal extends Failure {
  /** What the server itself asks for; null: nothing. */
  readonly retryAfterMs: number | null

  constructor(
    code: FailureCode,
    facts: Readonly<Record<string, string | number>>,
    retryAfterMs: number | null = null,
    options?: ErrorOptions,
  ) {
    super(code, facts, options)
    this.retryAfterMs = retryAfterMs
  }

  /** Time alone does not help. */
  get needsPerson(): boolean {
    return !['sync.unreachable', 'sync.busy', 'sync.counting', 'sync.elsewhere'].includes(this.code)
  }
}

/** Of an answer; more is no answer to anything that is asked here. */
const MOST_BYTES = 4 * 2 ** 20
const REASON_CHARACTERS = 200

export function hostOf(baseUrl: string): string {
  return URL.parse(baseUrl)?.host ?? baseUrl
}

/** Where people look at what lies on the server. */
export function appUrl(baseUrl: string): string {
  return baseUrl.replace('//api.wandb', '//wandb').replace(/\/+$/, '')
}

/** Throws ServerRefusal. `what` is named where the server does not take it. */
export async function postJson(server: Server, path: string, body: unknown, place: Place, what: string): Promise<object> {
  const headers = { 'content-type': 'application/json', authorization: authorizationOf(server) }
  return answerOf(server, place, what, () =>
    fetch(server.baseUrl + path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      // A redirect leads to a page for people, and would take the key along.
      redirect: 'manual',
      signal: AbortSignal.timeout(server.timeoutMs),
    }),
  )
}

/** Puts a file where the server said; without the key, which is for the server alone. Throws ServerRefusal. */
export async function putFile(
  server: Server,
  address: string,
  headers: Readonly<Record<string, string>>,
  content: Buffer<ArrayBuffer>,
  place: Place,
): Promise<void> {
  const to = { ...server, baseUrl: new URL(address).origin }
  const send = (): Promise<Response> =>
    fetch(address, {
      method: 'PUT',
      headers,
      body: content,
      redirect: 'manual',
      signal: AbortSignal.timeout(server.timeoutMs),
    })
  await answerOf(to, place, 'a file', send, true)
}

async function answerOf(
  server: Server,
  place: Place,
  what: string,
  send: () => Promise<Response>,
  isAnyBody = false,
): Promise<object> {
  const host = hostOf(server.baseUrl)
  let response: Response
  let text: string
  try {
    response = await send()
    text = await boundedText(response)
  } catch (error) {
    throw new ServerRefusal('sync.unreachable', { host, reason: withoutKey(reasonOf(error), server.key) })
  }
  if (!response.ok) throw refusalOf(response, withoutKey(text, server.key), server, place, what)
  const parsed = isAnyBody || text.trim() === '' ? {} : parse(text)
  if (parsed !== null) return parsed
  throw new ServerRefusal('sync.proxy-page', { host, title: titleOf(text, response.status) })
}

function authorizationOf({ key, baseUrl }: Server): string {
  // Anything else would break the header, whose error would show the key.
  if (!/^[\x21-\x7e]+$/.test(key)) throw new ServerRefusal('sync.key-refused', { host: hostOf(baseUrl), app: appUrl(baseUrl) })
  return `Basic ${Buffer.from(`api:${key}`).toString('base64')}`
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.length
    if (size > MOST_BYTES) break
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function refusalOf(response: Response, text: string, server: Server, place: Place, what: string): ServerRefusal {
  const { status } = response
  const host = hostOf(server.baseUrl)
  if (status >= 500 || status === 429 || status === 408) {
    return new ServerRefusal('sync.busy', { host, status }, retryAfterMs(response.headers.get('retry-after'), Date.now()))
  }
  const isPage = status < 400 || status === 407 || /^\s*<(!doctype|html)/i.test(text)
  if (isPage) return new ServerRefusal('sync.proxy-page', { host, title: titleOf(text, status) })
  return refusalFor(status, messageIn(text), server, place, what)
}

/** Of a status, also one that a server put into words. */
export function refusalFor(status: number, reason: string, { baseUrl }: Server, place: Place, what: string): ServerRefusal {
  const host = hostOf(baseUrl)
  switch (status) {
    case 401:
      return new ServerRefusal('sync.key-refused', { host, app: appUrl(baseUrl) })
    case 403:
      return new ServerRefusal('sync.forbidden', { host, ...place, reason: reason || 'permission denied' })
    case 404:
      return new ServerRefusal('sync.project-missing', { host, ...place })
    default:
      return new ServerRefusal('sync.refused', { host, what, status, reason: reason || 'it does not say why' })
  }
}

/** Seconds or a date, as HTTP has it; null for none. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header) - nowMs : seconds * 1000
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}

function parse(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : null
  } catch {
    return null
  }
}

/** `{"error": "…"}`, `{"errors": [{"message": "…"}]}` or whatever else it is. */
function messageIn(text: string): string {
  const { error, message, errors } = (parse(text) ?? {}) as { error?: unknown; message?: unknown; errors?: unknown }
  const [first] = Array.isArray(errors) ? (errors as readonly unknown[]) : []
  const named = (first as { message?: unknown } | undefined)?.message ?? error ?? message ?? first
  return oneLine(typeof named === 'string' ? named : text)
}

function titleOf(text: string, status: number): string {
  const title = oneLine(/<title>([^<]*)/i.exec(text)?.[1] ?? '')
  return title === '' ? `without a title, status ${status}` : `"${title}"`
}

/** A server's words become part of a sentence: one line, no control characters, no full stop at the end. */
export function oneLine(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, REASON_CHARACTERS)
    .replace(/[.]+$/, '')
}

function withoutKey(text: string, key: string): string {
  return key === '' ? text : text.replaceAll(key, '…').replaceAll(Buffer.from(`api:${key}`).toString('base64'), '…')
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'no answer in time'
  const cause = error.cause as { code?: unknown; message?: unknown } | undefined
  const named = cause?.code ?? cause?.message
  return oneLine(typeof named === 'string' ? named : error.message)
}
