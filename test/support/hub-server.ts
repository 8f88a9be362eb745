/** A model hub on this machine: lists, files, ranges, redirects to a store of another origin, and mishaps that a test asks for. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What was written is with the client after this, on a busy machine too. */
const REACHED_MS = 250

export interface HubSeen {
  readonly where: 'hub' | 'store'
  readonly path: string
  readonly range: string | undefined
  readonly authorization: string | undefined
}

export interface HubBehaviour {
  /** Files of the repository. Those of 1000 bytes and more are large: with SHA-256, and redirected to the store. */
  files: Record<string, Buffer>
  revision: string
  /** Status of every call of the hub; 0 = as it should be. */
  status: number
  /** Cuts so many answers of the store after half of what they should give. */
  cuts: number
  /** Falls silent so many times instead, the connection open. */
  stalls: number
  ignoresRange: boolean
  /** Entries added to the list. */
  listed: object[]
  /** What the store gives instead of a file. */
  swapped: Record<string, Buffer>
}

export interface HubServer {
  readonly endpoint: string
  readonly seen: HubSeen[]
  readonly behaviour: HubBehaviour
}

const LARGE_BYTES = 1000

export async function startHub(files: Record<string, Buffer>): Promise<HubServer> {
  const seen: HubSeen[] = []
  const behaviour: HubBehaviour = {
    files,
    revision: 'a'.repeat(40),
    status: 0,
    cuts: 0,
    stalls: 0,
    ignoresRange: false,
    listed: [],
    swapped: {},
  }
  const note = (where: HubSeen['where'], { url = '', headers }: IncomingMessage): void =>
    void seen.push({ where, path: url, range: headers.range, authorization: headers.authorization })
  const store = await listen((request, response) => {
    note('store', request)
    sendFile(decodeURIComponent(request.url!.slice(1)), request, response, behaviour)
  })
  const hub = await listen((request, response) => {
    note('hub', request)
    answerHub(request, response, behaviour, store)
  })
  return { endpoint: hub, seen, behaviour }
}

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function answerHub(request: IncomingMessage, response: ServerResponse, behaviour: HubBehaviour, store: string): void {
  const path = request.url!.split('?')[0]!
  const { files, revision, status } = behaviour
  if (status !== 0) return void response.writeHead(status).end()
  if (path.startsWith('/api/models/acme/tiny/revision/')) return sendJson(response, { sha: revision, tags: ['license:mit'] })
  if (path === `/api/models/acme/tiny/tree/${revision}`) return sendJson(response, [...listOf(files), ...behaviour.listed])
  const name = decodeURIComponent(path.slice(`/acme/tiny/resolve/${revision}/`.length))
  if (!path.startsWith('/acme/tiny/resolve/') || files[name] === undefined) return void response.writeHead(404).end()
  if (files[name].length >= LARGE_BYTES)
    return void response.writeHead(302, { location: `${store}/${encodeURIComponent(name)}` }).end()
  sendFile(name, request, response, { ...behaviour, cuts: 0, stalls: 0 })
}

function listOf(files: Record<string, Buffer>): object[] {
  const digest = (algorithm: string, content: Buffer, prefix = ''): string =>
    createHash(algorithm).update(prefix).update(content).digest('hex')
  return Object.entries(files).map(([path, content]) => ({
    type: 'file',
    path,
    size: content.length,
    oid: digest('sha1', content, `blob ${content.length}\0`),
    ...(content.length >= LARGE_BYTES && { lfs: { oid: digest('sha256', content), size: content.length } }),
  }))
}

function sendFile(name: string, request: IncomingMessage, response: ServerResponse, behaviour: HubBehaviour): void {
  const content = behaviour.swapped[name] ?? behaviour.files[name]!
  const start = behaviour.ignoresRange ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const rest = content.subarray(start)
  const range = start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}
  response.writeHead(start > 0 ? 206 : 200, { 'content-length': rest.length, ...range })
  if (behaviour.stalls > 0) {
    behaviour.stalls--
    return void response.write(rest.subarray(0, Math.ceil(rest.length / 2)))
  }
  if (behaviour.cuts === 0) return void response.end(rest)
  behaviour.cuts--
  response.write(rest.subarray(0, Math.ceil(rest.length / 2)), () => setTimeout(() => response.destroy(), REACHED_MS))
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
