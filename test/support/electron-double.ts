/**
 * Electron without its binary: the parts that shell and preload use, with the rules that bite in the real one. Order of start-up, what may cross
 * between processes, one handler a channel. `electron` is the hand that a test moves it with: it plays the person and the page.
 */
import type * as Electron from 'electron'
import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

type Handler = (event: Electron.IpcMainInvokeEvent, ...args: unknown[]) => unknown
type Frame = Pick<Electron.WebFrameMain, 'url'> & { readonly parent: object | null }
type Answer = Awaited<ReturnType<Parameters<Electron.Protocol['handle']>[1]>>

/** All that one run of the application leaves behind. */
class State {
  isPrimary = true
  isReady = false
  readonly windows = new Set<BrowserWindow>()
  readonly handlers = new Map<string, Handler>()
  readonly schemes: Electron.CustomScheme[] = []
  readonly protocols = new Map<string, Parameters<Electron.Protocol['handle']>[1]>()
  readonly openedOutside: string[] = []
  /** What a person will choose in the next dialogs; none left: the dialog is closed without a choice. */
  readonly choices: string[] = []
  readonly dialogs: Electron.OpenDialogOptions[] = []
  /** Windows over which dialogs were shown, in order. */
  readonly dialogParents: (BrowserWindow | null)[] = []
  readonly notices: Notification[] = []
  readonly printed: Electron.PrintToPDFOptions[] = []
  /** All windows that there ever were. */
  readonly opened: BrowserWindow[] = []
  displays: Pick<Electron.Display, 'workArea'>[] = [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }]
  /** Where files lie that a person drops on the page. */
  readonly droppedPaths = new Map<object, string>()
  /** Of the system: what encrypts, and whether it is a keychain. */
  keychain: 'gnome_libsecret' | 'basic_text' | null = 'gnome_libsecret'
  readonly errorBoxes: { title: string; content: string }[] = []
  readonly exits: number[] = []
  /** What preloads put on the page's `window`. */
  readonly page: Record<string, unknown> = {}
  readonly pageEvents = new EventEmitter()
  menu: Electron.MenuItemConstructorOptions[] | null = null
}

let state = new State()
let madeFolder: string | null = null
const appEvents = new EventEmitter()

function assertReady(what: string): void {
  if (!state.isReady) throw new Error(`${what} cannot be used before the app is ready`)
}

/** Events of Electron's objects: typed by Electron, carried by Node. */
function events<T extends Electron.App | Electron.BrowserWindow | Electron.WebContents | Electron.Notification>(
  emitter: EventEmitter,
): Pick<T, 'on' | 'once'> {
  return { on: emitter.on.bind(emitter), once: emitter.once.bind(emitter) } as unknown as Pick<T, 'on' | 'once'>
}

class PreventableEvent {
  defaultPrevented = false
  preventDefault(): void {
    this.defaultPrevented = true
  }
}

/** Of this process, and gone with it. */
function userFolder(): string {
  if (madeFolder === null) {
    madeFolder = mkdtempSync(join(tmpdir(), 'electron-double-'))
    process.once('exit', () => rmSync(madeFolder!, { recursive: true, force: true }))
  }
  return madeFolder
}

export const app = {
  isPackaged: false,
  ...events<Electron.App>(appEvents),
  requestSingleInstanceLock: () => state.isPrimary,
  getPath: (name) => {
    const folder = join(userFolder(), name)
    mkdirSync(folder, { recursive: true })
    return folder
  },
  setAppUserModelId: () => {},
  whenReady: () => (state.isReady ? Promise.resolve() : new Promise<void>((resolve) => appEvents.once('ready', () => resolve()))),
  quit: () => {
    const event = new PreventableEvent()
    appEvents.emit('before-quit', event)
    if (!event.defaultPrevented) app.exit(0)
  },
  exit: (code = 0) => {
    state.exits.push(code)
    appEvents.emit('quit', new PreventableEvent(), code)
  },
} satisfies Partial<Electron.App>

class WebContents {
  readonly emitter = new EventEmitter()
  readonly on = events<Electron.WebContents>(this.emitter).on
  readonly once = events<Electron.WebContents>(this.emitter).once
  windowOpenHandler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0] | null = null
  permissionRequestHandler: Parameters<Electron.Session['setPermissionRequestHandler']>[0] = null
  permissionCheckHandler: Parameters<Electron.Session['setPermissionCheckHandler']>[0] = null
  isDestroyed = false
  isPageLoading = true
  readonly session = {
    setPermissionRequestHandler: (handler) => (this.permissionRequestHandler = handler),
    setPermissionCheckHandler: (handler) => (this.permissionCheckHandler = handler),
  } satisfies Partial<Electron.Session>

  setWindowOpenHandler: Electron.WebContents['setWindowOpenHandler'] = (handler) => {
    this.windowOpenHandler = handler
  }

  isLoading(): boolean {
    return this.isPageLoading
  }

  printToPDF: Electron.WebContents['printToPDF'] = (options) => {
    state.printed.push(options)
    return Promise.resolve(Buffer.from('%PDF-'))
  }

  send: Electron.WebContents['send'] = (channel, ...args) => {
    if (this.isDestroyed) throw new TypeError('Object has been destroyed')
    state.pageEvents.emit(channel, {}, ...(structuredClone(args) as unknown[]))
  }
}

export class BrowserWindow {
  readonly emitter = new EventEmitter()
  readonly on = events<Electron.BrowserWindow>(this.emitter).on
  readonly once = events<Electron.BrowserWindow>(this.emitter).once
  readonly webContents = new WebContents()
  readonly options: Electron.BrowserWindowConstructorOptions
  url: string | null = null
  /** What lay in the file that it loaded. */
  loaded: string | null = null
  isShown = false
  isFocused = false
  minimized = false
  maximized = false
  reloads = 0
  bounds: Electron.Rectangle

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    assertReady('BrowserWindow')
    this.options = options
    this.bounds = { x: 100, y: 80, width: 800, height: 600, ...definedBounds(options) }
    state.windows.add(this)
    state.opened.push(this)
  }

  static getAllWindows(): BrowserWindow[] {
    return [...state.windows]
  }

  static getFocusedWindow(): BrowserWindow | null {
    return [...state.windows].find(({ isFocused }) => isFocused) ?? null
  }

  static fromWebContents(contents: unknown): BrowserWindow | null {
    return [...state.windows].find(({ webContents }) => webContents === contents) ?? null
  }

  loadURL: Electron.BrowserWindow['loadURL'] = (url) => {
    this.url = url
    return Promise.resolve()
  }

  loadFile: Electron.BrowserWindow['loadFile'] = (path) => {
    this.url = pathToFileURL(path).href
    this.loaded = readFileSync(path, 'utf8')
    return Promise.resolve()
  }

  destroy(): void {
    state.windows.delete(this)
  }

  show(): void {
    this.isShown = true
  }

  focus(): void {
    this.isFocused = true
  }

  isMinimized(): boolean {
    return this.minimized
  }

  restore(): void {
    this.minimized = false
  }

  isMaximized(): boolean {
    return this.maximized
  }

  maximize(): void {
    this.maximized = true
  }

  getNormalBounds(): Electron.Rectangle {
    return this.bounds
  }

  reload(): void {
    this.reloads++
  }
}

function definedBounds({ x, y, width, height }: Electron.BrowserWindowConstructorOptions): Partial<Electron.Rectangle> {
  return Object.fromEntries(Object.entries({ x, y, width, height }).filter(([, value]) => value !== undefined))
}

export class Notification {
  readonly emitter = new EventEmitter()
  readonly on = events<Electron.Notification>(this.emitter).on
  readonly options: Electron.NotificationConstructorOptions
  isShown = false

  constructor(options: Electron.NotificationConstructorOptions = {}) {
    assertReady('Notification')
    this.options = options
  }

  static isSupported(): boolean {
    return true
  }

  show(): void {
    this.isShown = true
    state.notices.push(this)
  }
}

export const screen = {
  getAllDisplays: () => {
    assertReady('screen')
    return state.displays as Electron.Display[]
  },
} satisfies Partial<Electron.Screen>

export const ipcMain = {
  handle: (channel, handler) => {
    if (state.handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
    state.handlers.set(channel, handler as Handler)
  },
  removeHandler: (channel) => void state.handlers.delete(channel),
} satisfies Partial<Electron.IpcMain>

export const ipcRenderer: Pick<Electron.IpcRenderer, 'invoke' | 'on'> = {
  invoke: (channel, ...args: unknown[]) => electron.invoke(channel, ...args),
  on: (channel, listener) => {
    state.pageEvents.on(channel, listener)
    return ipcRenderer as Electron.IpcRenderer
  },
}

export const webUtils = {
  getPathForFile: (file: object) => state.droppedPaths.get(file) ?? '',
} satisfies Partial<Electron.WebUtils>

export const contextBridge = {
  exposeInMainWorld: (key, api: unknown) => {
    if (key in state.page) throw new Error(`Cannot bind an API on top of an existing property on the window object: ${key}`)
    state.page[key] = api
  },
} satisfies Partial<Electron.ContextBridge>

export const protocol = {
  registerSchemesAsPrivileged: (schemes) => {
    if (state.isReady) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready')
    state.schemes.push(...schemes)
  },
  handle: (scheme, handler) => {
    assertReady('protocol')
    if (state.protocols.has(scheme)) throw new Error(`The scheme '${scheme}' is already handled`)
    state.protocols.set(scheme, handler)
  },
} satisfies Partial<Electron.Protocol>

export const dialog = {
  showErrorBox: (title, content) => void state.errorBoxes.push({ title, content }),
  showOpenDialog: (first: Electron.OpenDialogOptions | Electron.BaseWindow, second?: Electron.OpenDialogOptions) => {
    assertReady('dialog')
    state.dialogs.push(second ?? (first as Electron.OpenDialogOptions))
    state.dialogParents.push(second === undefined ? null : (first as unknown as BrowserWindow))
    const chosen = state.choices.shift()
    return Promise.resolve({ canceled: chosen === undefined, filePaths: chosen === undefined ? [] : [chosen] })
  },
} satisfies Partial<Electron.Dialog>

export const safeStorage = {
  isEncryptionAvailable: () => {
    assertReady('safeStorage')
    return state.keychain !== null
  },
  getSelectedStorageBackend: () => state.keychain ?? 'unknown',
  encryptString: (text) => {
    if (state.keychain === null) throw new Error('Error while encrypting the text provided to safeStorage.encryptString.')
    return Buffer.from(text, 'utf8').map((byte) => byte ^ 0x5a) as Buffer
  },
  decryptString: (bytes) => {
    if (state.keychain === null) throw new Error('Error while decrypting the ciphertext provided to safeStorage.decryptString.')
    return Buffer.from(bytes.map((byte) => byte ^ 0x5a)).toString('utf8')
  },
} satisfies Partial<Electron.SafeStorage>

export const shell = {
  openExternal: (url) => {
    state.openedOutside.push(url)
    return Promise.resolve()
  },
} satisfies Partial<Electron.Shell>

export const Menu = {
  buildFromTemplate: (template: Electron.MenuItemConstructorOptions[]) => template,
  setApplicationMenu: (menu: Electron.MenuItemConstructorOptions[]) => void (state.menu = menu),
}

/** What a test sees and does. */
export const electron = {
  get state(): State {
    return state
  },
  get window(): BrowserWindow {
    const [window] = state.windows
    if (window === undefined) throw new Error('no window is open')
    return window
  },
  /** As after a start of the program. */
  restart(): void {
    state = new State()
    appEvents.removeAllListeners()
  },
  /** Electron does this when the entry module has run to its end, and not before. */
  becomeReady(): void {
    state.isReady = true
    appEvents.emit('ready')
  },
  emit(event: 'second-instance' | 'activate' | 'window-all-closed'): void {
    appEvents.emit(event)
  },
  quit(): void {
    app.quit()
  },
  /** The page of a window is loaded: from here on it hears. */
  loaded(window: BrowserWindow): void {
    window.webContents.isPageLoading = false
    window.webContents.emitter.emit('did-finish-load')
  },
  /** A person chooses an item of the menu bar by its words. */
  chooseFromMenu(label: string): void {
    const items = state.menu!.flatMap(({ submenu }) => (submenu ?? []) as Electron.MenuItemConstructorOptions[])
    const click = items.find((item) => item.label === label)!.click as () => void
    click()
  },
  /** A person closes a window. */
  close(window: BrowserWindow): void {
    window.emitter.emit('close', new PreventableEvent())
    state.windows.delete(window)
    window.webContents.isDestroyed = true
    window.emitter.emit('closed')
    if (state.windows.size === 0) appEvents.emit('window-all-closed')
  },
  /** Was the event held back? `name` is one that a page causes. */
  isPrevented(window: BrowserWindow, name: 'will-navigate' | 'will-redirect' | 'will-attach-webview', url: string): boolean {
    const event = Object.assign(new PreventableEvent(), { url })
    window.webContents.emitter.emit(name, event, url)
    return event.defaultPrevented
  },
  /** A call of a page as ipcRenderer makes it; `frame` is the page's by default. */
  async invoke(channel: string, ...args: unknown[]): Promise<unknown> {
    const [window] = state.windows
    return electron.invokeFrom({ url: window?.url ?? 'about:blank', parent: null }, channel, ...args)
  },
  async invokeFrom(frame: Frame | null, channel: string, ...args: unknown[]): Promise<unknown> {
    const handler = state.handlers.get(channel)
    const sent = structuredClone(args) as unknown[]
    try {
      if (handler === undefined) throw new Error(`No handler registered for '${channel}'`)
      const [window] = state.windows
      const event = { senderFrame: frame, sender: window?.webContents } as unknown as Electron.IpcMainInvokeEvent
      return structuredClone(await handler(event, ...sent))
    } catch (error) {
      throw new Error(`Error invoking remote method '${channel}': ${String(error)}`, { cause: error })
    }
  },
  /** A page's request to a scheme of our own. */
  async request(url: string): Promise<Answer> {
    const handler = state.protocols.get(new URL(url).protocol.slice(0, -1))
    if (handler === undefined) throw new Error(`nothing serves ${url}`)
    return handler(new Request(url) as unknown as Parameters<typeof handler>[0])
  },
}
