/** A report on its way to the server: its picture becomes a file of a run, then the report is made or changed. */
import type { ReportAnswer, ReportAsk } from '#contract/sync-start'
import { putFile, refusalFor, ServerRefusal, type Server } from './request.ts'
import { WandbApi } from './wandb-api.ts'

const TIMEOUT_MS = 60_000

export async function publish({ key, baseUrl, view, picture }: ReportAsk): Promise<ReportAnswer> {
  const server = { baseUrl, key, timeoutMs: TIMEOUT_MS }
  const api = new WandbApi(server)
  try {
    if (picture !== null) await putPicture(server, api, { entity: view.entityName, project: view.projectName }, picture)
    return { viewId: await api.upsertView(view) }
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error
    return { failure: { code: error.code, facts: error.facts } }
  }
}

async function putPicture(
  server: Server,
  api: WandbApi,
  place: { readonly entity: string; readonly project: string },
  { run, name, base64 }: NonNullable<ReportAsk['picture']>,
): Promise<void> {
  const target = (await api.createRunFiles(place, run, [name])).get(name)
  if (target === undefined) throw refusalFor(200, 'it names no place for it', server, place, `the file ${name}`)
  await putFile(server, target.url, target.headers, Buffer.from(base64, 'base64'), place)
}
