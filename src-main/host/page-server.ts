/** HTTP: the token's exchange and the built page. Everything else is the WebSocket's. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { pageHeaders, readPageFile } from '../page/page-files.ts'
import type { Gate } from './gate.ts'

const USED_ADDRESS = 'This address was already used. Start `veritune serve` (or `npm start`) again for a new one.'

/** Answers requests for the page in `pageFolder` to whoever the gate lets in. */
export function servePage(gate: Gate, pageFolder: string): RequestListener {
  // Older Safari does not count ws: of the same host as 'self'.
  const sockets = gate.origins.map((origin) => origin.replace('http:', 'ws:'))
  return (request, response) => {
    answer(gate, pageFolder, sockets, request, response).catch((error: unknown) => {
      console.error('the page could not be served:', error)
      say(response, 500, 'The page could not be read.')
    })
  }
}

async function answer(
  gate: Gate,
  folder: string,
  sockets: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!gate.namesThisHost(request.headers)) return say(response, 403, 'This host answers to 127.0.0.1 only.')
  if (request.headers.origin !== undefined && !gate.comesFromHere(request.headers))
    return say(response, 403, 'Requests from other pages are refused.')
  if (request.method !== 'GET' && request.method !== 'HEAD') return say(response, 405, 'Only GET is answered here.')
  const [path = '/', query = ''] = splitAt(request.url ?? '/', '?')
  const token = new URLSearchParams(query).get('token')
  if (token !== null) return exchange(gate, token, request, response)
  if (!gate.hasSession(request.headers)) return refuseStranger(path, request, response)
  const file = await readPageFile(folder, path, sockets)
  if (file === null) return say(response, 404, 'There is no such page.')
  response.writeHead(200, { ...file.headers, 'cache-control': 'no-cache' }).end(request.method === 'HEAD' ? undefined : file.body)
}

/** The token leaves the address bar and the history: the answer is a redirect to the bare page. */
function exchange(gate: Gate, token: string, request: IncomingMessage, response: ServerResponse): void {
  const cookie = gate.exchange(token)
  if (cookie === null && !gate.hasSession(request.headers)) return say(response, 403, USED_ADDRESS)
  response
    .writeHead(303, {
      ...pageHeaders(),
      location: '/',
      'cache-control': 'no-store',
      ...(cookie !== null && { 'set-cookie': cookie }),
    })
    .end()
}

/** A visit that began on another site carries no strict cookie, not even after the exchange; the same visit begun again from here does. */
function refuseStranger(path: string, { headers }: IncomingMessage, response: ServerResponse): void {
  if (path !== '/' || headers['sec-fetch-site'] !== 'cross-site')
    return say(response, 403, `Open the address that the terminal shows. ${USED_ADDRESS}`)
  const page = '<!doctype html><meta http-equiv="refresh" content="0;url=/"><title>VeriTune</title>'
  response.writeHead(200, { ...pageHeaders(), 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(page)
}

function say(response: ServerResponse, status: number, sentence: string): void {
  if (response.headersSent) return void response.end()
  response
    .writeHead(status, { ...pageHeaders(), 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    .end(`${sentence}\n`)
}

function splitAt(text: string, mark: string): string[] {
  const at = text.indexOf(mark)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
