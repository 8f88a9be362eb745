/** The workbench for a browser: page and API on one loopback port. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Failure } from '#contract/failure'
import type { Workbench } from '#workbench/answer-call'
import { Gate } from './gate.ts'
import { servePage } from './page-server.ts'
import { serveSockets } from './socket-server.ts'

export interface HostOptions {
  readonly workbench: Workbench
  /** Folder of the built page. */
  readonly pageFolder: string
  /** 0 or left out: any free port. */
  readonly port?: number
}

export interface Host {
  readonly port: number
  /** Address with the token of the first visit. */
  readonly url: string
  close(): Promise<void>
}

/** Listens on 127.0.0.1 only. Throws Failure port.used. */
export async function startHost({ workbench, pageFolder, port = 0 }: HostOptions): Promise<Host> {
  const server = createServer()
  await listen(server, port)
  const actualPort = (server.address() as AddressInfo).port
  const gate = new Gate(actualPort)
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

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE' || error.code === 'EACCES' ? new Failure('port.used', { port }, { cause: error }) : error,
      )
    })
    server.listen(port, '127.0.0.1', resolve)
  })
}
