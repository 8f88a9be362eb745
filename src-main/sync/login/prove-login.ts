/**
 * The log-in, by the official client: it knows where a key may lie (WANDB_API_KEY, then ~/.netrc) and never asks, for nobody sits at this process. Whose
 * the key is we ask the server ourselves: the client believes any answer. Nothing else of it is used (docs/adr/0024).
 */
import { text } from 'node:stream/consumers'
import wandb from '@wandb/sdk'
import type { FoundKey, LoginAnswer, LoginAsk, RefusalRecord } from '#contract/sync-start'
import { hostOf, ServerRefusal } from '../request.ts'
import { WandbApi } from '../wandb-api.ts'

const TIMEOUT_MS = 30_000

const answer = await answerTo(JSON.parse(await text(process.stdin)) as LoginAsk)
process.stdout.write(JSON.stringify(answer))

async function answerTo({ key, baseUrl, proof }: LoginAsk): Promise<LoginAnswer> {
  try {
    const found = key ?? (await keyOf(baseUrl))
    if (proof === null) return { key: found, entity: null, teams: [], project: null, placeFailure: null }
    const api = new WandbApi({ baseUrl, key: found, timeoutMs: TIMEOUT_MS })
    const viewer = await api.viewer()
    return { key: found, ...viewer, ...(await projectOf(api, hostOf(baseUrl), proof.entity ?? viewer.entity, proof.project)) }
  } catch (error) {
    return { failure: recordOf(error) }
  }
}

async function projectOf(
  api: WandbApi,
  host: string,
  entity: string | null,
  project: string,
): Promise<Pick<FoundKey, 'project' | 'placeFailure'>> {
  try {
    if (entity === null) throw new ServerRefusal('sync.no-entity', { host })
    return { project: (await api.hasProject({ entity, project })) ? 'there' : 'absent', placeFailure: null }
  } catch (error) {
    return { project: null, placeFailure: recordOf(error) }
  }
}

async function keyOf(baseUrl: string): Promise<string> {
  try {
    return (await wandb.login({ host: baseUrl })).trim()
  } catch (error) {
    throw new ServerRefusal('sync.no-key', { host: hostOf(baseUrl) }, null, { cause: error })
  }
}

/** Throws what is none. */
function recordOf(error: unknown): RefusalRecord {
  if (!(error instanceof ServerRefusal)) throw error
  return { code: error.code, facts: error.facts }
}
