/** The one window: sandboxed, held on its own page, where a person left it. */
import { BrowserWindow, dialog, screen, shell, type Session, type WebContents } from 'electron'
import { isPageUrl, PAGE_ORIGIN } from './page-protocol.ts'
import { boundsFor, keepPlace, keptPlace, SMALLEST } from './window-place.ts'

export interface WindowOptions {
  /** The bundled preload. */
  readonly preloadPath: string
  /** Address of the development server; null for the built page. */
  readonly developmentUrl: string | null
  /** Where size and place are kept. */
  readonly placeFile: string
}

/** A page that ends again so soon would go on ending. */
const RELOAD_PAUSE_MS = 10_000

export function openWindow({ preloadPath, developmentUrl, placeFile }: WindowOptions): BrowserWindow {
  const place = keptPlace(placeFile)
  const areas = screen.getAllDisplays().map(({ workArea }) => workArea)
  const window = new BrowserWindow({
    ...boundsFor(place, areas),
    minWidth: SMALLEST.width,
    minHeight: SMALLEST.height,
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
  window.on('close', () => keepPlace(placeFile, { bounds: window.getNormalBounds(), isMaximized: window.isMaximized() }))
  holdOnPage(window.webContents, developmentUrl)
  denyPermissions(window.webContents.session)
  loadAgainWhenGone(window)
  window.once('ready-to-show', () => {
    if (place?.isMaximized) window.maximize()
    window.show()
  })
  window
    .loadURL(developmentUrl ?? `${PAGE_ORIGIN}/`)
    .catch((error: unknown) => console.error('the page could not be loaded:', error))
  return window
}

/** Runs and workbench know nothing of the page: when its process dies, it is loaded again and finds all as it was. */
function loadAgainWhenGone(window: BrowserWindow): void {
  let loadedAtMs = -Infinity
  window.webContents.on('render-process-gone', (_, { reason }) => {
    if (reason === 'clean-exit') return
    console.error(`the page's process is gone: ${reason}`)
    if (performance.now() - loadedAtMs < RELOAD_PAUSE_MS) {
      return dialog.showErrorBox('VeriTune cannot show its page', 'Its process ended twice. Runs go on; start VeriTune again.')
    }
    loadedAtMs = performance.now()
    window.reload()
  })
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

/** Text, after a click: the link of a view is copied. */
const WRITING_CLIPBOARD = 'clipboard-sanitized-write'

/** The page needs no camera, no place, no notifications. */
function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(permission === WRITING_CLIPBOARD))
  session.setPermissionCheckHandler((_contents, permission) => permission === WRITING_CLIPBOARD)
}
