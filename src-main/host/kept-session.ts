/**
 * Port and session of the last host of a data folder. A page that was open when the host was killed is let in by the next one, and a browser, which
 * keeps things by address, finds what it kept.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

const schema = z.strictObject({
  port: z.int().min(1).max(65_535),
  /** What the cookie holds. */
  session: z.string().min(40),
  /** ISO-UTC: when it was drawn. */
  since: z.iso.datetime(),
})
type KeptSession = z.infer<typeof schema>

/** Another is drawn then. */
const KEPT_DAYS = 7
const DAY_MS = 86_400_000

/** null for none, and for a file that is something else; the session of one that is too old is null. */
export function readSession(file: string, now: Date): { readonly port: number; readonly session: string | null } | null {
  try {
    const { port, session, since } = schema.parse(JSON.parse(readFileSync(file, 'utf8')))
    const ageMs = now.getTime() - Date.parse(since)
    return { port, session: ageMs >= 0 && ageMs < KEPT_DAYS * DAY_MS ? session : null }
  } catch {
    return null
  }
}

/** For this user's eyes only. Who cannot write it has a session for as long as the host lives. */
export function keepSession(file: string, kept: KeptSession): void {
  try {
    writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 })
    renameSync(`${file}.new`, file)
  } catch (error) {
    console.error('the session could not be kept:', error)
  }
}
