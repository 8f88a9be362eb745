import { beforeEach, describe, expect, test } from 'vitest'
import { electron } from '#test/support/electron-double'
import { openDesktop } from './open-desktop.ts'

beforeEach(() => electron.restart())

const ELSEWHERE = [
  'https://example.org/',
  'http://127.0.0.1:5173/',
  'file:///etc/passwd',
  'app://other/',
  'app://veritune.example.org/',
  'javascript:alert(1)',
  'data:text/html,x',
  'about:blank',
  'not an address',
]

describe('the window', () => {
  test('is sandboxed and isolated, and its page has no Node', async () => {
    await openDesktop()
    expect(electron.window.options.webPreferences).toMatchObject({
      preload: '/preload.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    })
  })

  test('shows its page when that can be drawn, and tells who started it', async () => {
    const { news } = await openDesktop()
    expect(electron.window.url).toBe('app://veritune/')
    expect([electron.window.isShown, news]).toEqual([false, []])
    electron.window.emitter.emit('ready-to-show')
    expect([electron.window.isShown, news]).toEqual([true, ['window']])
  })

  test('stays on its page', async () => {
    await openDesktop()
    const { window } = electron
    for (const event of ['will-navigate', 'will-redirect'] as const) {
      for (const url of ELSEWHERE) expect([url, electron.isPrevented(window, event, url)]).toEqual([url, true])
      expect(electron.isPrevented(window, event, 'app://veritune/#/runs/1')).toBe(false)
    }
    expect(electron.isPrevented(window, 'will-attach-webview', 'app://veritune/')).toBe(true)
  })

  test('of a development server stays on that server', async () => {
    await openDesktop({ developmentUrl: 'http://localhost:5173' })
    const { window } = electron
    expect(window.url).toBe('http://localhost:5173')
    expect(electron.isPrevented(window, 'will-navigate', 'http://localhost:5173/#/runs')).toBe(false)
    expect(electron.isPrevented(window, 'will-navigate', 'http://localhost:5174/')).toBe(true)
  })

  test('opens no other window; an address on the web goes to the person’s browser', async () => {
    await openDesktop()
    const open = electron.window.webContents.windowOpenHandler!
    for (const url of ['app://veritune/', ...ELSEWHERE])
      expect(open({ url } as Parameters<typeof open>[0])).toEqual({ action: 'deny' })
    expect(electron.state.openedOutside).toEqual(['https://example.org/'])
  })

  test('loads its page again when the page’s process is gone, but not over and over', async () => {
    await openDesktop()
    const { window } = electron
    const end = (reason: string): void => void window.webContents.emitter.emit('render-process-gone', {}, { reason, exitCode: 1 })
    end('clean-exit')
    expect(window.reloads).toBe(0)
    end('crashed')
    end('oom')
    expect([window.reloads, electron.state.errorBoxes.map(({ title }) => title)]).toEqual([1, ['VeriTune cannot show its page']])
  })

  test('is granted nothing that a page can ask for, but to copy a text when it is clicked', async () => {
    await openDesktop()
    const { permissionRequestHandler: request, permissionCheckHandler: check } = electron.window.webContents
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal'] as const) {
      const answers: boolean[] = []
      request!({} as never, permission, (isGranted) => answers.push(isGranted), {} as never)
      expect(answers).toEqual([false])
      expect(check!(null, permission, 'app://veritune', {} as never)).toBe(false)
    }
    const answers: boolean[] = []
    request!({} as never, 'clipboard-sanitized-write', (isGranted) => answers.push(isGranted), {} as never)
    expect([...answers, check!(null, 'clipboard-sanitized-write', 'app://veritune', {} as never)]).toEqual([true, true])
  })
})

describe('app://', () => {
  test('serves the built page under a policy that lets nothing in from elsewhere', async () => {
    await openDesktop()
    expect(electron.state.schemes).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ])
    const answer = await electron.request('app://veritune/')
    expect([answer.status, await answer.text()]).toEqual([200, '<!doctype html><title>page</title>'])
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const policy = answer.headers.get('content-security-policy')!
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("object-src 'none'")
    expect(policy).not.toMatch(/unsafe|\*/)
  })

  test.each([
    'app://veritune/../secret.txt',
    'app://veritune/%2e%2e/secret.txt',
    'app://veritune/..%2fsecret.txt',
    'app://other/index.html',
  ])('has nothing at %s', async (url) => {
    await openDesktop()
    const answer = await electron.request(url)
    expect([answer.status, await answer.text()]).toEqual([404, 'There is no such page.\n'])
  })
})
