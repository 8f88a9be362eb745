import { describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { SMALL_RUN } from '#test/support/open-workbench'
import { connect, enter, openHost, type OpenHost } from './open-host.ts'

async function openLine(open: OpenHost): Promise<WebSocket> {
  const line = await connect(open.host, { cookie: await enter(open), origin: open.origin })
  if (typeof line === 'number') throw new Error(`refused with ${line}`)
  return line
}

interface Message {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly code: string; readonly message: string }
  readonly event?: string
  readonly payload?: { readonly id: string; readonly events: { readonly seq: number }[] }
}

/** Answer to one call. */
function call(line: WebSocket, id: number, method: string, args: unknown[]): Promise<Message> {
  return new Promise((resolve) => {
    line.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message
      if (message.id === id) resolve(message)
    })
    line.send(JSON.stringify({ id, method, args }))
  })
}

const closed = (line: WebSocket): Promise<number> => new Promise((resolve) => line.once('close', resolve))

describe('a connection', () => {
  test('without the cookie, from elsewhere, under another name or to another place is refused', async () => {
    const open = await openHost()
    const { host, origin } = open
    const cookie = await enter(open)
    expect(await connect(host, { origin })).toBe(401)
    expect(await connect(host, { origin, cookie: `${cookie}x` })).toBe(401)
    expect(await connect(host, { cookie })).toBe(403)
    expect(await connect(host, { cookie, origin: 'https://evil.example' })).toBe(403)
    expect(await connect(host, { cookie, origin: 'null' })).toBe(403)
    expect(await connect(host, { cookie, origin, host: `evil.example:${host.port}` })).toBe(403)
    expect(await connect(host, { cookie, origin }, '/other')).toBe(404)
    expect(await connect(host, { cookie, origin, host: 'evil.example', 'x-forwarded-host': `127.0.0.1:${host.port}` })).toBe(403)
  })

  test('of the page is answered call by call', async () => {
    const line = await openLine(await openHost())
    const [runs, unknown, wrong] = await Promise.all([
      call(line, 1, 'runs.list', []),
      call(line, 2, 'constructor', []),
      call(line, 3, 'runs.get', ['../../etc']),
    ])
    expect(runs).toEqual({ id: 1, result: [] })
    expect(unknown.error).toMatchObject({ code: 'arguments.invalid', message: 'There is no method "constructor".' })
    expect(wrong.error).toMatchObject({ code: 'arguments.invalid' })
  })

  test.each([
    ['no JSON', 'hello'],
    ['no call', '{"id":"1","method":"runs.list","args":[]}'],
    ['null', 'null'],
  ])('that says %s ends', async (_, text) => {
    const line = await openLine(await openHost())
    line.send(text)
    expect(await closed(line)).toBe(1002)
  })

  test('that says far too much ends', async () => {
    const line = await openLine(await openHost())
    line.on('error', () => {})
    line.send('x'.repeat(5 * 1024 * 1024))
    expect(await closed(line)).toBe(1009)
  })

  test('ends when the host ends', async () => {
    const open = await openHost()
    const line = await openLine(open)
    const ended = closed(line)
    await open.host.close()
    expect(await ended).toBe(1006)
  })
})

test('the journal of a run comes over the line whole and in order', async () => {
  const open = await openHost()
  const line = await openLine(open)
  const seen: number[] = []
  line.on('message', (data) => {
    const { event, payload } = JSON.parse(String(data)) as Message
    if (event === 'run.events') seen.push(...payload!.events.map(({ seq }) => seq))
  })
  const { result } = await call(line, 1, 'runs.create', [{ preset: 'starter-grpo', overrides: { ...SMALL_RUN, steps: 1 } }])
  const { id } = result as { id: string }
  await open.untilStatus(id, 'finished')
  const journal = await open.api['runs.events'](id, 0)
  await expect.poll(() => seen).toEqual(journal.map(({ seq }) => seq))
})
