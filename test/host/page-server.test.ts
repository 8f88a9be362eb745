import { connect as connectTo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, expect, test } from 'vitest'
import { startHost } from '#host/start-host'
import { enter, openHost, visit } from './open-host.ts'

describe('the token', () => {
  test('is exchanged for a cookie that no script can read and no other site can send, and leaves the address', async () => {
    const { host, token } = await openHost()
    const { status, headers, body } = await visit(host, `/?token=${token}`)
    expect([status, headers.location, body]).toEqual([303, '/', ''])
    expect(headers['set-cookie']).toHaveLength(1)
    expect(headers['set-cookie']![0]).toMatch(/^veritune_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(headers['set-cookie']![0]).not.toContain(token)
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['referrer-policy']).toBe('no-referrer')
  })

  test('is worth one exchange', async () => {
    const open = await openHost()
    await enter(open)
    const second = await visit(open.host, `/?token=${open.token}`)
    expect(second.status).toBe(403)
    expect(second.headers['set-cookie']).toBeUndefined()
    expect(second.body).toBe('This address was already used. Start `veritune serve` (or `npm start`) again for a new one.\n')
  })

  test('typed again by the one who has the cookie leads to the page', async () => {
    const open = await openHost()
    const cookie = await enter(open)
    const again = await visit(open.host, `/?token=${open.token}`, { cookie })
    expect([again.status, again.headers.location, again.headers['set-cookie']]).toEqual([303, '/', undefined])
  })

  test('that is wrong is refused and does not spend the right one', async () => {
    const open = await openHost()
    for (const wrong of ['', 'x', `${open.token}x`, open.token.slice(1)]) {
      expect((await visit(open.host, `/?token=${encodeURIComponent(wrong)}`)).status).toBe(403)
    }
    expect((await visit(open.host, `/?token=${open.token}`)).status).toBe(303)
  })

  test('differs from start to start', async () => {
    const [first, second] = [await openHost(), await openHost()]
    expect(first.token).not.toBe(second.token)
    expect(first.token.length).toBeGreaterThanOrEqual(32)
  })
})

describe('the page', () => {
  test('is for whoever has the cookie', async () => {
    const open = await openHost()
    const cookie = await enter(open)
    const { status, headers, body } = await visit(open.host, '/', { cookie })
    expect([status, body]).toEqual([200, '<!doctype html><title>page</title>'])
    expect(headers['content-security-policy']).toContain("default-src 'self'")
    expect(headers['x-frame-options']).toBe('DENY')
    const head = await visit(open.host, '/', { cookie }, 'HEAD')
    expect([head.status, head.body]).toEqual([200, ''])
  })

  test('is nobody else’s', async () => {
    const open = await openHost()
    const cookie = await enter(open)
    const strangers: Record<string, string>[] = [
      {},
      { cookie: 'veritune=x' },
      { cookie: `${cookie}x` },
      { cookie: cookie.replace('_', '') },
    ]
    for (const headers of strangers) {
      const { status, body } = await visit(open.host, '/', headers)
      expect([status, body.startsWith('Open the address that the terminal shows.')]).toEqual([403, true])
    }
  })

  test('is refused under another name of this host: a name can be made to lead here', async () => {
    const open = await openHost()
    const cookie = await enter(open)
    for (const host of ['evil.example', `evil.example:${open.host.port}`, '127.0.0.1', `127.0.0.1:${open.host.port + 1}`]) {
      expect((await visit(open.host, '/', { cookie, host })).status).toBe(403)
    }
    expect((await visit(open.host, `/?token=${open.token}`, { host: `evil.example:${open.host.port}` })).status).toBe(403)
    expect((await visit(open.host, '/', { cookie, host: `localhost:${open.host.port}` })).status).toBe(200)
  })

  test('is refused to other origins and to all that is not GET', async () => {
    const open = await openHost()
    const cookie = await enter(open)
    expect((await visit(open.host, '/', { cookie, origin: open.origin })).status).toBe(200)
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${open.host.port + 1}`]) {
      expect((await visit(open.host, '/', { cookie, origin })).status).toBe(403)
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect((await visit(open.host, '/', { cookie }, method)).status).toBe(405)
    }
  })

  test('holds nothing outside its folder', async () => {
    const open = await openHost()
    const cookie = await enter(open)
    for (const path of ['/../package.json', '/%2e%2e/%2e%2e/etc/passwd', '/..%2f..%2fetc/passwd', '//etc/passwd']) {
      expect([path, (await visit(open.host, path, { cookie })).status]).toEqual([path, 404])
    }
  })

  test('begins again from here when a link on another site led to it', async () => {
    const { host } = await openHost()
    const { status, body } = await visit(host, '/', { 'sec-fetch-site': 'cross-site' })
    expect(status).toBe(200)
    expect(body).toContain('http-equiv="refresh" content="0;url=/"')
  })
})

describe('the port', () => {
  test('in use is told in one sentence with its remedy', async () => {
    const { host, workbench } = await openHost()
    await expect(startHost({ workbench, pageFolder: '.', port: host.port })).rejects.toMatchObject({
      code: 'port.used',
      exitCode: 3,
      sentence: `Port ${host.port} is in use. Choose another with --port, or leave it out for a free one.`,
    })
  })

  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)
  test.skipIf(outside === undefined)('is open to this computer alone (needs a network interface)', async () => {
    const { host } = await openHost()
    const reached = await new Promise<boolean>((resolve) => {
      const socket = connectTo({ host: outside!.address, port: host.port, timeout: 3000 })
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('timeout', () => resolve(false))
      socket.unref()
    })
    expect(reached).toBe(false)
  })
})
