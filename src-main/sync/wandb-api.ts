/** The GraphQL side of a W&B server: what is asked before and after lines are sent. The queries are a contract known from its open clients. */
import { z } from 'zod'
import type { ReportView } from '#contract/sync-start'
import { oneLine, postJson, refusalFor, ServerRefusal, hostOf, type Place, type Server } from './request.ts'

export interface Viewer {
  /** The account's own; null where the server names none. */
  readonly entity: string | null
  readonly teams: readonly string[]
}

/** A run as W&B keeps it. `config` and `summaryMetrics` are JSON in strings. */
export interface BucketInput {
  /** The run's id at W&B. */
  readonly name: string
  readonly project: string
  readonly entity: string
  readonly displayName: string
  readonly groupName: string | null
  readonly jobType: string
  readonly notes: string
  readonly tags: readonly string[]
  readonly config: string
}

export interface UploadPlace {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

const viewerSchema = z.object({
  viewer: z
    .object({
      entity: z.string().nullish(),
      teams: z.object({ edges: z.array(z.object({ node: z.object({ name: z.string() }) })) }).nullish(),
    })
    .nullable(),
})
const bucketSchema = z.object({
  upsertBucket: z.object({ bucket: z.object({ id: z.string(), historyLineCount: z.number().nullish() }) }).nullable(),
})
const projectSchema = z.object({ model: z.object({ name: z.string() }).nullable() })
const resumeSchema = z.object({
  model: z.object({ bucket: z.object({ historyLineCount: z.number().nullish() }).nullable() }).nullable(),
})
const filesSchema = z.object({
  createRunFiles: z.object({
    uploadHeaders: z.array(z.string()).nullish(),
    files: z.array(z.object({ name: z.string(), uploadUrl: z.string() })),
  }),
})

const viewSchema = z.object({ upsertView: z.object({ view: z.object({ id: z.string() }) }).nullable() })

const NOWHERE: Place = { entity: '', project: '' }

export class WandbApi {
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
  }

  /** Whose key it is. Throws ServerRefusal. */
  async viewer(): Promise<Viewer> {
    const query = 'query Viewer { viewer { id entity teams { edges { node { name } } } } }'
    const { viewer } = await this.#read(viewerSchema, 'Viewer', query, {}, NOWHERE)
    // A server answers an unknown key politely.
    if (viewer === null) throw refusalFor(401, '', this.#server, NOWHERE, 'the key')
    return {
      entity: viewer.entity || null,
      teams: (viewer.teams?.edges ?? []).map(({ node }) => node.name),
    }
  }

  /** Is it there, as far as this account may see? Throws ServerRefusal. */
  async hasProject({ entity, project }: Place): Promise<boolean> {
    const query = `query ProjectDetails($entity: String, $project: String) { model(name: $project, entityName: $entity) { id name } }`
    const { model } = await this.#read(projectSchema, 'ProjectDetails', query, { entity, project }, { entity, project })
    return model !== null
  }

  /** Makes the run, or brings it up to date. Throws ServerRefusal. */
  async upsertRun({ name, project, entity, ...input }: BucketInput): Promise<void> {
    const query = `mutation UpsertBucket($name: String, $project: String, $entity: String, $displayName: String, $groupName: String, $jobType: String,
      $notes: String, $tags: [String!], $config: JSONString) {
      upsertBucket(input: {name: $name, modelName: $project, entityName: $entity, displayName: $displayName, groupName: $groupName, jobType: $jobType,
        notes: $notes, tags: $tags, config: $config}) { bucket { id name historyLineCount } inserted } }`
    const place = { entity, project }
    const answer = await this.#read(bucketSchema, 'UpsertBucket', query, { name, project, entity, ...input }, place)
    if (answer.upsertBucket === null) throw refusalFor(404, '', this.#server, place, 'the run')
  }

  /** Lines of the run's history as the server counts them; null: it has no such run. Throws ServerRefusal. */
  async lineCount({ entity, project }: Place, run: string): Promise<number | null> {
    const query = `query RunResumeStatus($project: String, $entity: String, $name: String!) {
      model(name: $project, entityName: $entity) { bucket(name: $name, missingOk: true) { id name historyLineCount } } }`
    const { model } = await this.#read(
      resumeSchema,
      'RunResumeStatus',
      query,
      { entity, project, name: run },
      { entity, project },
    )
    const bucket = model?.bucket ?? null
    return bucket === null ? null : (bucket.historyLineCount ?? 0)
  }

  /** Where to put files of a run; by name. Throws ServerRefusal. */
  async createRunFiles(
    { entity, project }: Place,
    run: string,
    files: readonly string[],
  ): Promise<ReadonlyMap<string, UploadPlace>> {
    const query = `mutation CreateRunFiles($entity: String!, $project: String!, $run: String!, $files: [String!]!) {
      createRunFiles(input: {entityName: $entity, projectName: $project, runName: $run, files: $files}) {
        runID uploadHeaders files { name uploadUrl } } }`
    const answer = await this.#read(filesSchema, 'CreateRunFiles', query, { entity, project, run, files }, { entity, project })
    const headers = Object.fromEntries((answer.createRunFiles.uploadHeaders ?? []).map(headerOf))
    const urls = answer.createRunFiles.files.map(({ name, uploadUrl }) => [name, new URL(uploadUrl, this.#server.baseUrl).href])
    return new Map(urls.map(([name, url]) => [name!, { url: url!, headers }]))
  }

  /** Makes the report, or changes the one that has its id; answers the id. Throws ServerRefusal. */
  async upsertView(view: ReportView): Promise<string> {
    const query = `mutation upsertView($id: ID, $entityName: String, $projectName: String, $type: String, $name: String, $displayName: String,
      $description: String, $spec: String!) {
      upsertView(input: {id: $id, entityName: $entityName, projectName: $projectName, name: $name, displayName: $displayName,
        description: $description, type: $type, createdUsing: WANDB_SDK, spec: $spec}) { view { id name } inserted } }`
    const place = { entity: view.entityName, project: view.projectName }
    const { upsertView } = await this.#read(viewSchema, 'upsertView', query, { ...view }, place)
    if (upsertView === null) throw refusalFor(404, '', this.#server, place, 'the report')
    return upsertView.view.id
  }

  async #read<T>(
    schema: z.ZodType<T>,
    name: string,
    query: string,
    variables: Readonly<Record<string, unknown>>,
    place: Place,
  ): Promise<T> {
    const parsed = schema.safeParse(await this.ask(name, query, variables, place))
    if (parsed.success) return parsed.data
    throw refusalFor(200, `its answer is not understood (${oneLine(z.prettifyError(parsed.error))})`, this.#server, place, name)
  }

  /** What a query or a mutation gives. Errors in an answer of 200 are refusals as well. Throws ServerRefusal. */
  async ask(name: string, query: string, variables: Readonly<Record<string, unknown>>, place: Place): Promise<object> {
    const answer = await postJson(this.#server, '/graphql', { operationName: name, query, variables }, place, name)
    const { data, errors } = answer as { data?: unknown; errors?: unknown }
    if (Array.isArray(errors) && errors.length > 0) {
      const reason = oneLine(errors.map((error) => String((error as { message?: unknown })?.message ?? error)).join('; '))
      throw refusalFor(statusIn(reason), reason, this.#server, place, name)
    }
    if (typeof data !== 'object' || data === null) {
      throw new ServerRefusal('sync.busy', { host: hostOf(this.#server.baseUrl), status: 200 })
    }
    return data
  }
}

/** A server that answers 200 says in words what a status would say. */
function statusIn(reason: string): number {
  if (/permission|denied|forbidden|not authori[sz]ed/i.test(reason)) return 403
  if (/not found|does not exist|could not find|no such/i.test(reason)) return 404
  if (/api key|not logged in|unauthenticated/i.test(reason)) return 401
  return 400
}

/** `Content-Type: x` -> name and value. */
function headerOf(line: string): [string, string] {
  const end = line.indexOf(':')
  return [line.slice(0, end).trim(), line.slice(end + 1).trim()]
}
