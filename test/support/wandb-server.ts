/**
 * A W&B server on this machine: GraphQL, file streams, files. Lines are kept by their number, as the real one keeps them: what comes again at a number
 * takes its place. Faults come by chance, from a seed: before a request is taken in, or after, when only its answer is lost.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

export const KEY = 'local-0123456789012345678901234567890123456789'

export const FAULTS = ['500', '500 after', '429', 'reset', 'reset after', 'silence', 'silence after', 'twice'] as const
export type Fault = (typeof FAULTS)[number]

export interface KeptRun {
  /** By number. */
  readonly lines: Map<number, string>
  /** Lines that came to a number with other content than before. */
  changed: number
  /** Lines that came again as they were. */
  repeated: number
  summary: Record<string, unknown> | null
  bucket: Record<string, unknown>
  upserts: number
  exitCode: number | null
  beats: number
  readonly files: Map<string, Buffer>
}

export interface Behaviour {
  /** Share of requests with a fault. */
  faultShare: number
  /** Given instead of every answer: status, body and headers. */
  instead: { readonly status: number; readonly body: string; readonly headers?: Record<string, string> } | null
  /** The same for requests that the function names. */
  insteadOf: (path: string, body: string) => Behaviour['instead']
  entity: string | null
  isStopped: boolean
  /** Lines that the server counts less than it has. */
  uncounted: number
  retryAfter: string
}

export interface WandbServer {
  readonly baseUrl: string
  /** By entity/project/run. */
  readonly runs: ReadonlyMap<string, KeptRun>
  /** Reports, by id: the input that each was made or changed with last. */
  readonly views: Map<string, Record<string, string>>
  readonly requests: { readonly path: string; readonly authorization: string | undefined; readonly body: string }[]
  readonly faults: Record<Fault, number>
  readonly behaviour: Behaviour
  close(): void
}

/** For one test. */
export async function startWandbServer(changes: Partial<Behaviour> = {}, seed = 1): Promise<WandbServer> {
  const server = await openWandbServer(changes, seed)
  onTestFinished(() => server.close())
  return server
}

/** The caller closes it. */
export async function openWandbServer(changes: Partial<Behaviour> = {}, seed = 1): Promise<WandbServer> {
  const behaviour: Behaviour = {
    faultShare: 0,
    instead: null,
    insteadOf: () => null,
    entity: 'ada',
    isStopped: false,
    uncounted: 0,
    retryAfter: '0.01',
    ...changes,
  }
  const kept = new Kept(behaviour)
  const faults = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>
  const random = randomOf(seed)
  const requests: WandbServer['requests'] = []
  const server = createServer((request, response) => {
    void buffer(request).then(
      (bytes) => {
        const [path, body] = [request.url!, bytes.toString('utf8')]
        if (requests.length < 5_000) requests.push({ path, authorization: request.headers.authorization, body })
        const instead = behaviour.instead ?? behaviour.insteadOf(path, body)
        if (instead !== null) return void response.writeHead(instead.status, instead.headers ?? {}).end(instead.body)
        const fault = random() < behaviour.faultShare ? FAULTS[Math.floor(random() * FAULTS.length)]! : null
        if (fault !== null) faults[fault]++
        answer(request, response, bytes, kept, fault, behaviour)
      },
      () => {},
    )
  })
  const baseUrl = await listen(server)
  kept.baseUrl = baseUrl
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { baseUrl, runs: kept.runs, views: kept.views, requests, faults, behaviour, close }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  kept: Kept,
  fault: Fault | null,
  { retryAfter }: Behaviour,
): void {
  if (request.headers.authorization !== `Basic ${Buffer.from(`api:${KEY}`).toString('base64')}` && request.method === 'POST') {
    return sendJson(response, { error: 'user is not logged in' }, 401)
  }
  const take = (): object => kept.take(request, bytes)
  switch (fault) {
    case '500':
      return void response.writeHead(500).end('<html><title>oops</title></html>')
    case '500 after':
      take()
      return void response.writeHead(502).end('bad gateway')
    case '429':
      return void response.writeHead(429, { 'retry-after': retryAfter }).end('{"error":"slow down"}')
    case 'reset':
      return void request.socket.destroy()
    case 'reset after':
      take()
      return void request.socket.destroy()
    case 'silence':
      return
    case 'silence after':
      take()
      return
    case 'twice':
      take()
      return sendJson(response, take())
    case null:
      return sendJson(response, take())
  }
}

function sendJson(response: ServerResponse, value: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

interface StreamBody {
  readonly files?: Readonly<Record<string, { readonly offset: number; readonly content: readonly string[] }>>
  readonly complete?: boolean
  readonly exitcode?: number
}

interface GraphqlBody {
  readonly operationName: string
  readonly variables: Readonly<Record<string, unknown>>
}

class Kept {
  readonly runs = new Map<string, KeptRun>()
  readonly views = new Map<string, Record<string, string>>()
  readonly #behaviour: Behaviour
  baseUrl = ''

  constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour
  }

  take(request: IncomingMessage, bytes: Buffer): object {
    const path = request.url!
    const parts = path.split('/').map(decodeURIComponent)
    if (request.method === 'PUT') {
      this.#run(parts.slice(2, 5).join('/')).files.set(parts.slice(5).join('/'), bytes)
      return {}
    }
    const body = JSON.parse(bytes.toString('utf8')) as StreamBody & GraphqlBody
    if (path === '/graphql') return { data: this.#graphql(body) }
    const run = this.#run(parts.slice(2, 5).join('/'))
    stream(run, body)
    return { exitcode: run.exitCode, limits: {}, ...(this.#behaviour.isStopped && { stopped: true }) }
  }

  #graphql({ operationName, variables }: GraphqlBody): object {
    const { entity, project, name } = variables as Record<string, string>
    switch (operationName) {
      case 'Viewer':
        return { viewer: { id: 'u', entity: this.#behaviour.entity, teams: { edges: [{ node: { name: 'team' } }] } } }
      case 'ProjectDetails':
        return { model: this.#hasProject(`${entity}/${project}/`) ? { id: 'p', name: project } : null }
      case 'upsertView':
        return this.#upsertView(variables as Record<string, string>)
      case 'UpsertBucket': {
        const run = this.#run(`${entity}/${project}/${name}`)
        run.bucket = { ...variables }
        run.upserts++
        run.exitCode = null
        return { upsertBucket: { bucket: { id: 'b', name, historyLineCount: run.lines.size }, inserted: run.upserts === 1 } }
      }
      case 'RunResumeStatus': {
        const run = this.runs.get(`${entity}/${project}/${name}`)
        const count = run === undefined ? 0 : Math.max(0, run.lines.size - this.#behaviour.uncounted)
        return { model: { bucket: run === undefined ? null : { id: 'b', name, historyLineCount: count } } }
      }
      case 'CreateRunFiles': {
        const { run, files } = variables as { run: string; files: string[] }
        const url = (file: string): string =>
          `${this.baseUrl}/storage/${[entity, project, run, file].map((part) => encodeURIComponent(part!)).join('/')}`
        return {
          createRunFiles: {
            runID: 'b',
            uploadHeaders: ['X-Kind: run-file'],
            files: files.map((file) => ({ name: file, uploadUrl: url(file) })),
          },
        }
      }
      default:
        throw new Error(`the server knows no ${operationName}`)
    }
  }

  /** As far as anybody knows: one that is named must be there. */
  #upsertView({ id, ...view }: Record<string, string>): object {
    if (id !== undefined && !this.views.has(id)) return { upsertView: null }
    const name = id ?? `View:${this.views.size + 1}`
    this.views.set(name, view)
    return { upsertView: { view: { id: name, name: view.name }, inserted: id === undefined } }
  }

  /** With the first of its runs. */
  #hasProject(prefix: string): boolean {
    return [...this.runs.keys()].some((key) => key.startsWith(prefix))
  }

  #run(key: string): KeptRun {
    const known = this.runs.get(key)
    if (known !== undefined) return known
    const run: KeptRun = {
      lines: new Map(),
      changed: 0,
      repeated: 0,
      summary: null,
      bucket: {},
      upserts: 0,
      exitCode: null,
      beats: 0,
      files: new Map(),
    }
    this.runs.set(key, run)
    return run
  }
}

function stream(run: KeptRun, { files = {}, complete, exitcode }: StreamBody): void {
  const { 'wandb-history.jsonl': history, 'wandb-summary.json': summary } = files
  history?.content.forEach((text, i) => {
    const number = history.offset + i
    const before = run.lines.get(number)
    if (before === text) run.repeated++
    else if (before !== undefined) run.changed++
    run.lines.set(number, text)
  })
  if (summary !== undefined) run.summary = JSON.parse(summary.content[0]!) as Record<string, unknown>
  if (complete === true) run.exitCode = exitcode ?? null
  else if (Object.keys(files).length === 0) run.beats++
}

/** Numbers from 0 to 1 (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
