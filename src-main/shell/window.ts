/** The one window: sandboxed, and held on its own page. */
import { BrowserWindow, shell, type Session, type WebContents } from 'electron'
import { isPageUrl, PAGE_ORIGIN } from './page-protocol.ts'

export interface WindowOptions {
  /** The bundled preload. */
  readonly preloadPath: string
  /** Address of the development server; null for the built page. */
  readonly developmentUrl: string | null
}

export function openWindow({ preloadPath, developmentUrl }: WindowOptions): BrowserWindow {
  const window = new BrowserWindow({
    width: 1280,
    height: 832,
    minWidth: 960,
    minHeight: 600,
    show: false,
    title: 'VeriTune',
    webPreferences: {
      preload: preloadPath,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  })
  holdOnPage(window.webContents, developmentUrl)
  denyPermissions(window.webContents.session)
  window.once('ready-to-show', () => window.show())
  window
    .loadURL(developmentUrl ?? `${PAGE_ORIGIN}/`)
    .catch((error: unknown) => console.error('the page could not be loaded:', error))
  return window
}

/** No other page is ever loaded, in this window or in a new one; addresses on the web open in the person's browser. */
function holdOnPage(contents: WebContents, developmentUrl: string | null): void {
  contents.setWindowOpenHandler(({ url }) => {
    if (URL.canParse(url) && new URL(url).protocol === 'https:') openOutside(url)
    return { action: 'deny' }
  })
  const guard = (event: { preventDefault(): void }, url: string): void => {
    if (!isPageUrl(url, developmentUrl)) event.preventDefault()
  }
  contents.on('will-navigate', (event) => guard(event, event.url))
  contents.on('will-redirect', (event) => guard(event, event.url))
  contents.on('will-attach-webview', (event) => event.preventDefault())
}

/** Where there is no browser nothing opens. */
function openOutside(url: string): void {
  shell.openExternal(url).catch((error: unknown) => console.error(`${url} could not be opened:`, error))
}

/** The page needs no camera, no place, no notifications. */
function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.setPermissionCheckHandler(() => false)
}
