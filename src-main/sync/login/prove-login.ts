/**
 * The log-in, by the official client: it knows where a key may lie (WANDB_API_KEY, then ~/.netrc) and never asks, for nobody sits at this process. Whose
 * the key is we ask the server ourselves: the client believes any answer. Nothing else of it is used (docs/adr/0024).
 */
import { text } from 'node:stream/consumers'
import wandb from '@wandb/sdk'
import type { LoginAnswer, LoginAsk } from '#contract/sync-start'
import { hostOf, ServerRefusal } from '../request.ts'
import { WandbApi } from '../wandb-api.ts'

const TIMEOUT_MS = 30_000

const answer = await answerTo(JSON.parse(await text(process.stdin)) as LoginAsk)
process.stdout.write(JSON.stringify(answer))

async function answerTo({ key, baseUrl, isProof }: LoginAsk): Promise<LoginAnswer> {
  try {
    const found = key ?? (await keyOf(baseUrl))
    if (!isProof) return { key: found, entity: null, teams: [] }
    return { key: found, ...(await new WandbApi({ baseUrl, key: found, timeoutMs: TIMEOUT_MS }).viewer()) }
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error
    return { failure: { code: error.code, facts: error.facts } }
  }
}

async function keyOf(baseUrl: string): Promise<string> {
  try {
    return (await wandb.login({ host: baseUrl })).trim()
  } catch (error) {
    throw new ServerRefusal('sync.no-key', { host: hostOf(baseUrl) }, null, { cause: error })
  }
}
