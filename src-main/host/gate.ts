/**
 * Who may come in. The host listens on loopback, but every page that a browser shows can send requests there: so each request must name this
 * host (against DNS rebinding), a connection must come from this origin, and both must hold the cookie that the terminal's token was exchanged for.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export class Gate {
  /** Stands in the address that the terminal shows; worth one exchange. */
  readonly token = randomBytes(24).toString('base64url')
  /** What the cookie holds. */
  readonly session: string
  readonly #port: number
  #isTokenSpent = false

  /** session: that of an earlier host, whose pages may come in; left out: a new one. */
  constructor(port: number, session = randomBytes(32).toString('base64url')) {
    this.#port = port
    this.session = session
  }

  get origins(): readonly string[] {
    return [`http://127.0.0.1:${this.#port}`, `http://localhost:${this.#port}`]
  }

  /** Cookies know no port: the name tells two workbenches of one machine apart. */
  get #cookieName(): string {
    return `veritune_${this.#port}`
  }

  namesThisHost(headers: IncomingHttpHeaders): boolean {
    return this.origins.some((origin) => origin === `http://${headers.host}`)
  }

  /** A browser sends Origin with every WebSocket and every request that could change something; where it is sent it must be ours. */
  comesFromHere(headers: IncomingHttpHeaders): boolean {
    return headers.origin !== undefined && this.origins.includes(headers.origin)
  }

  hasSession(headers: IncomingHttpHeaders): boolean {
    const cookies = (headers.cookie ?? '').split(';').map((pair) => pair.trim())
    const prefix = `${this.#cookieName}=`
    return cookies.some((pair) => pair.startsWith(prefix) && isEqual(pair.slice(prefix.length), this.session))
  }

  /** The Set-Cookie header for the right token, the first time; null otherwise. */
  exchange(token: string): string | null {
    if (this.#isTokenSpent || !isEqual(token, this.token)) return null
    this.#isTokenSpent = true
    return `${this.#cookieName}=${this.session}; Path=/; HttpOnly; SameSite=Strict`
  }
}

/** Equality that takes as long for a near miss as for a far one. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
