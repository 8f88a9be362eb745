/** The API over WebSocket at /api: calls in, answers and events out. */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import { EVENT_NAMES } from '#contract/api'
import { answerCall, type Workbench } from '#workbench/answer-call'
import type { Gate } from './gate.ts'
import { Outbox } from './outbox.ts'

/** A config or a completion is far smaller. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024
/** WebSocket close code for a message that is not what was agreed. */
const PROTOCOL_ERROR = 1002

/** Lets connections in that pass the gate. Returns what ends them all. */
export function serveSockets(server: Server, gate: Gate, workbench: Workbench): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES })
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const refusal = refusalOf(gate, request)
    if (refusal !== null) return refuse(stream, refusal)
    sockets.handleUpgrade(request, stream, head, (socket) => serveOne(socket, workbench))
  })
  return () => {
    for (const socket of sockets.clients) socket.terminate()
    sockets.close()
  }
}

function refusalOf(gate: Gate, request: IncomingMessage): string | null {
  if (!gate.namesThisHost(request.headers)) return '403 Forbidden'
  if (!gate.comesFromHere(request.headers)) return '403 Forbidden'
  if (!gate.hasSession(request.headers)) return '401 Unauthorized'
  return request.url === '/api' ? null : '404 Not Found'
}

function refuse(stream: Duplex, status: string): void {
  stream.on('error', () => {}) // the other side may be gone already
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function serveOne(socket: WebSocket, workbench: Workbench): void {
  const outbox = new Outbox({
    get bufferedAmount() {
      return socket.bufferedAmount
    },
    send: (text, whenTaken) => socket.send(text, () => whenTaken()),
    close: (code, reason) => socket.close(code, reason),
  })
  const ends = EVENT_NAMES.map((event) => workbench.on(event, (payload) => outbox.push(event, payload)))
  socket.on('close', () => ends.forEach((end) => end()))
  socket.on('error', () => socket.terminate())
  socket.on('message', (data) => {
    const call = parseCall(data)
    if (call === null) return socket.close(PROTOCOL_ERROR, 'a message must be {id, method, args}')
    void answerCall(workbench, call.method, call.args).then((answer) => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ id: call.id, ...answer }))
    })
  })
}

function parseCall(data: RawData): { id: number; method: string; args: unknown[] } | null {
  try {
    const { id, method, args } = JSON.parse(String(data)) as { id?: unknown; method?: unknown; args?: unknown }
    return typeof id === 'number' && typeof method === 'string' && Array.isArray(args) ? { id, method, args } : null
  } catch {
    return null
  }
}
