/** As much of W&B's server as its own tool needs to send an offline run. Nothing is checked; all is kept. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

interface StreamFile {
  readonly offset: number
  readonly content: readonly string[]
}

export interface ReceivedRun {
  /** Variables of the last UpsertBucket. */
  upsert: Record<string, unknown>
  /** Line number -> line. */
  readonly history: Map<number, string>
  summary: string
  output: Map<number, string>
  exitCode: number | null
}

export interface OfflineServer {
  readonly url: string
  /** By the run's name in the address. */
  readonly runs: ReadonlyMap<string, ReceivedRun>
  close(): Promise<void>
}

/** `refuses`: every request to a history is answered by 400. */
export async function startOfflineServer({ refuses = false } = {}): Promise<OfflineServer> {
  const runs = new Map<string, ReceivedRun>()
  const runOf = (id: string): ReceivedRun => {
    const run = runs.get(id) ?? { upsert: {}, history: new Map(), summary: '', output: new Map(), exitCode: null }
    runs.set(id, run)
    return run
  }
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { url = '' } = request
      const isStream = url.endsWith('/file_stream')
      response.statusCode = isStream && refuses ? 400 : 200
      response.setHeader('content-type', 'application/json')
      if (isStream && !refuses) takeStream(runOf(decodeURIComponent(url.split('/').at(-2)!)), body)
      response.end(JSON.stringify(url === '/graphql' ? answer(body, runOf) : {}))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    runs,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const body = Buffer.concat(parts)
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
}

function takeStream(run: ReceivedRun, body: Buffer): void {
  const { files, complete, exitcode } = JSON.parse(body.toString('utf8')) as {
    readonly files?: Readonly<Record<string, StreamFile>>
    readonly complete?: boolean
    readonly exitcode?: number
  }
  const take = (name: string, into: Map<number, string>): void =>
    files?.[name]?.content.forEach((line, i) => into.set(files[name]!.offset + i, line))
  take('wandb-history.jsonl', run.history)
  take('output.log', run.output)
  run.summary = files?.['wandb-summary.json']?.content.at(-1) ?? run.summary
  if (complete === true) run.exitCode = exitcode ?? null
}

function answer(body: Buffer, runOf: (id: string) => ReceivedRun): object {
  const { query, variables } = JSON.parse(body.toString('utf8')) as {
    readonly query: string
    readonly variables: Readonly<Record<string, unknown>>
  }
  if (query.includes('mutation UpsertBucket')) {
    const id = String(variables.name)
    Object.assign(runOf(id).upsert, Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== null)))
    const project = { id: 'p', name: variables.project ?? 'p', entity: { id: 'e', name: variables.entity ?? 'tester' } }
    const bucket = {
      id: 'storage-id',
      name: id,
      displayName: variables.displayName ?? id,
      config: '{}',
      historyLineCount: 0,
      project,
    }
    return { data: { upsertBucket: { bucket, inserted: true } } }
  }
  if (query.includes('Viewer'))
    return { data: { viewer: { id: 'v', entity: 'tester', username: 'tester', teams: { edges: [] }, flags: '{}' } } }
  if (query.includes('CreateRunFiles')) return { data: { createRunFiles: { runID: 'storage-id', uploadHeaders: [], files: [] } } }
  return { data: {} }
}
