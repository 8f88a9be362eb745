/** The workbench for a browser: page and API on one loopback port. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Failure } from '#contract/failure'
import type { Workbench } from '#workbench/answer-call'
import { Gate } from './gate.ts'
import { keepSession, readSession } from './kept-session.ts'
import { servePage } from './page-server.ts'
import { serveSockets } from './socket-server.ts'

export interface HostOptions {
  readonly workbench: Workbench
  /** Folder of the built page. */
  readonly pageFolder: string
  /** 0: any free one. Left out: that of the last host of this data folder where it is free, else any. */
  readonly port?: number
  /** Where port and session are kept for the next host; left out: nowhere. */
  readonly sessionFile?: string
}

export interface Host {
  readonly port: number
  /** Address with the token of the first visit. */
  readonly url: string
  close(): Promise<void>
}

/** Listens on 127.0.0.1 only. Throws Failure port.used. */
export async function startHost({ workbench, pageFolder, port, sessionFile }: HostOptions): Promise<Host> {
  const server = createServer()
  const last = sessionFile === undefined ? null : readSession(sessionFile, new Date())
  await (port === undefined && last !== null ? listenAt(server, last.port) : listen(server, port ?? 0))
  const actualPort = (server.address() as AddressInfo).port
  const session = last?.port === actualPort ? last.session : null
  const gate = new Gate(actualPort, session ?? undefined)
  // Who had to go elsewhere is the second host of this folder: the place stays the first one's.
  const isSecond = port === undefined && last !== null && last.port !== actualPort
  if (sessionFile !== undefined && session === null && !isSecond)
    keepSession(sessionFile, { port: actualPort, session: gate.session, since: new Date().toISOString() })
  server.on('request', servePage(gate, pageFolder))
  const endSockets = serveSockets(server, gate, workbench)
  return {
    port: actualPort,
    url: `http://127.0.0.1:${actualPort}/?token=${gate.token}`,
    close: async () => {
      endSockets()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** Anywhere else where the port is taken. */
async function listenAt(server: Server, port: number): Promise<void> {
  try {
    await listen(server, port)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    await listen(server, 0)
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE' || error.code === 'EACCES' ? new Failure('port.used', { port }, { cause: error }) : error,
      )
    })
    server.listen(port, '127.0.0.1', () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}
