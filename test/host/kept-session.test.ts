import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startHost, type Host } from '#host/start-host'
import { openWorkbench } from '#test/support/open-workbench'
import { temporaryFolder } from '#test/support/temporary-folder'
import { connect, visit } from './open-host.ts'

/** Hosts of one data folder, one after the other or beside each other. */
async function aPlace() {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>')
  const { workbench } = await openWorkbench(temporaryFolder())
  const sessionFile = join(folder, 'host-session.json')
  const start = async (port?: number): Promise<Host> => {
    const host = await startHost({ workbench, pageFolder: folder, sessionFile, ...(port !== undefined && { port }) })
    onTestFinished(() => host.close().catch(() => {}))
    return host
  }
  return { start, sessionFile }
}

async function enter(host: Host): Promise<string> {
  const { headers } = await visit(host, new URL(host.url).pathname + new URL(host.url).search)
  return headers['set-cookie']![0]!.split(';')[0]!
}

const comesIn = async (host: Host, cookie: string): Promise<boolean> =>
  typeof (await connect(host, { cookie, origin: `http://127.0.0.1:${host.port}` })) !== 'number'

test('the next host has the same address and lets the pages of the last one in; its own token is a new one', async () => {
  const { start } = await aPlace()
  const first = await start()
  const cookie = await enter(first)
  await first.close()
  const next = await start()
  expect(next.port).toBe(first.port)
  expect(await comesIn(next, cookie)).toBe(true)
  expect(next.url).not.toBe(first.url)
})

test('a second host beside the first goes elsewhere, lets nobody of the first in, and leaves the address to it', async () => {
  const { start } = await aPlace()
  const first = await start()
  const cookie = await enter(first)
  const second = await start()
  expect(second.port).not.toBe(first.port)
  expect(await comesIn(second, cookie.replace(String(first.port), String(second.port)))).toBe(false)
  await first.close()
  expect((await start()).port).toBe(first.port)
})

test('what was kept is for this user alone, and lets nobody in after a week', async () => {
  const { start, sessionFile } = await aPlace()
  const first = await start()
  const cookie = await enter(first)
  await first.close()
  if (process.platform !== 'win32') expect(statSync(sessionFile).mode & 0o077).toBe(0)
  const kept = JSON.parse(readFileSync(sessionFile, 'utf8')) as { since: string }
  const since = new Date(Date.parse(kept.since) - 8 * 86_400_000).toISOString()
  writeFileSync(sessionFile, JSON.stringify({ ...kept, since }))
  const next = await start()
  expect(next.port).toBe(first.port)
  expect(await comesIn(next, cookie)).toBe(false)
})

test('a file that is something else is passed over', async () => {
  const { start, sessionFile } = await aPlace()
  writeFileSync(sessionFile, '{"port":"x"}')
  const host = await start()
  expect(await comesIn(host, await enter(host))).toBe(true)
})
