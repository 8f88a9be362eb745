/** The browser host in this process: a real workbench, a page folder with one file; and a visitor who sends whatever headers he likes. */
import { writeFileSync } from 'node:fs'
import { request, type IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { startHost, type Host } from '#host/start-host'
import { openWorkbench, type OpenWorkbench } from '#test/support/open-workbench'
import { temporaryFolder } from '#test/support/temporary-folder'

export interface OpenHost extends OpenWorkbench {
  readonly host: Host
  readonly token: string
  readonly origin: string
}

export async function openHost(): Promise<OpenHost> {
  const pageFolder = temporaryFolder()
  writeFileSync(join(pageFolder, 'index.html'), '<!doctype html><title>page</title>')
  const open = await openWorkbench(temporaryFolder())
  const host = await startHost({ workbench: open.workbench, pageFolder })
  onTestFinished(() => host.close())
  return { ...open, host, token: new URL(host.url).searchParams.get('token')!, origin: `http://127.0.0.1:${host.port}` }
}

export interface Visit {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export function visit(host: Host, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: host.port, path, method, headers, agent: false }, (response) => {
      let body = ''
      response.on('data', (chunk) => (body += String(chunk)))
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }))
    })
    asked.on('error', reject).end()
  })
}

/** The cookie that the token is exchanged for, as a browser sends it. */
export async function enter({ host, token }: OpenHost): Promise<string> {
  const { headers } = await visit(host, `/?token=${token}`)
  return headers['set-cookie']![0]!.split(';')[0]!
}

/** An open line, or the status with which it was refused. */
export function connect(host: Host, headers: Record<string, string>, path = '/api'): Promise<WebSocket | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${host.port}${path}`, { headers })
    onTestFinished(() => socket.terminate())
    socket.once('open', () => resolve(socket))
    socket.once('unexpected-response', (asked, response) => {
      asked.destroy()
      resolve(response.statusCode!)
    })
    socket.once('error', reject)
  })
}
