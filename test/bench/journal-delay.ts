/** From a line in a journal to the page: workbench, store, WebSocket. The page draws with its next frame. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { startHost } from '#host/start-host'
import { checkoutLocations } from '#workbench/locations'
import { createWorkbench } from '#workbench/workbench'
import { aJournal, REPOSITORY, started, stepFinished, writeRun } from '#test/support/run-builders'
import type { Measured } from './measured.ts'

const LINES = 30

export async function measureJournalDelay(): Promise<Measured[]> {
  const home = mkdtempSync(join(tmpdir(), 'veritune-bench-'))
  const directory = writeRun(join(home, 'runs'), 'a', aJournal([started()]))
  // This process plays the trainer: the run counts as going on.
  const lock = { nonce: 'n', pid: process.pid, host: hostname(), startedAt: new Date().toISOString() }
  writeFileSync(join(directory, 'run.lock'), JSON.stringify(lock))
  const workbench = await createWorkbench({ home, ...checkoutLocations(REPOSITORY) })
  const host = await startHost({ workbench, pageFolder: home })
  const socket = await connect(host.url)
  const delays: number[] = []
  for (let step = 1; step <= LINES; step++) {
    await new Promise((resolve) => setTimeout(resolve, 37 + ((step * 61) % 200)))
    const line = `${JSON.stringify(aJournal([stepFinished(step)], step + 1)[0])}\n`
    const arrived = arrivalOf(socket, step + 1)
    const start = performance.now()
    appendFileSync(join(directory, 'journal.jsonl'), line)
    await arrived
    delays.push(performance.now() - start)
  }
  socket.close()
  await host.close()
  await workbench.close()
  rmSync(home, { recursive: true, force: true })
  delays.sort((a, b) => a - b)
  const at = (share: number): number => delays[Math.floor(share * (LINES - 1))]!
  return [
    {
      what: 'Journal to page',
      value: at(0.5),
      unit: 'ms',
      how: `median of ${LINES} lines; 95 % within ${Math.round(at(0.95))} ms`,
    },
  ]
}

async function connect(url: string): Promise<WebSocket> {
  const { headers } = await fetch(url, { redirect: 'manual' })
  const cookie = headers.get('set-cookie')!.split(';')[0]!
  const origin = new URL(url).origin
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/api`, { headers: { cookie, origin } })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return socket
}

function arrivalOf(socket: WebSocket, seq: number): Promise<void> {
  return new Promise((resolve) => {
    const listen = (data: unknown): void => {
      const { event, payload } = JSON.parse(String(data)) as { event?: string; payload?: { events?: { seq: number }[] } }
      if (event !== 'run.events' || !payload?.events?.some((journalled) => journalled.seq === seq)) return
      socket.off('message', listen)
      resolve()
    }
    socket.on('message', listen)
  })
}
