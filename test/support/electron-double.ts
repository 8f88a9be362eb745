/**
 * Electron without its binary: the parts that shell and preload use, with the rules that bite in the real one. Order of start-up, what may cross
 * between processes, one handler a channel. `electron` is the hand that a test moves it with: it plays the person and the page.
 */
import type * as Electron from 'electron'
import { EventEmitter } from 'node:events'

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
  /** Where files lie that a person drops on the page. */
  readonly droppedPaths = new Map<object, string>()
  readonly errorBoxes: { title: string; content: string }[] = []
  readonly exits: number[] = []
  /** What preloads put on the page's `window`. */
  readonly page: Record<string, unknown> = {}
  readonly pageEvents = new EventEmitter()
  menu: Electron.MenuItemConstructorOptions[] | null = null
}

let state = new State()
const appEvents = new EventEmitter()

function assertReady(what: string): void {
  if (!state.isReady) throw new Error(`${what} cannot be used before the app is ready`)
}

/** Events of Electron's objects: typed by Electron, carried by Node. */
function events<T extends Electron.App | Electron.BrowserWindow | Electron.WebContents>(
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

export const app = {
  isPackaged: false,
  ...events<Electron.App>(appEvents),
  requestSingleInstanceLock: () => state.isPrimary,
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
  windowOpenHandler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0] | null = null
  permissionRequestHandler: Parameters<Electron.Session['setPermissionRequestHandler']>[0] = null
  permissionCheckHandler: Parameters<Electron.Session['setPermissionCheckHandler']>[0] = null
  isDestroyed = false
  readonly session = {
    setPermissionRequestHandler: (handler) => (this.permissionRequestHandler = handler),
    setPermissionCheckHandler: (handler) => (this.permissionCheckHandler = handler),
  } satisfies Partial<Electron.Session>

  setWindowOpenHandler: Electron.WebContents['setWindowOpenHandler'] = (handler) => {
    this.windowOpenHandler = handler
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
  isShown = false
  isFocused = false
  minimized = false

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    assertReady('BrowserWindow')
    this.options = options
    state.windows.add(this)
  }

  static getAllWindows(): BrowserWindow[] {
    return [...state.windows]
  }

  loadURL: Electron.BrowserWindow['loadURL'] = (url) => {
    this.url = url
    return Promise.resolve()
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
}

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
  showOpenDialog: (options: Electron.OpenDialogOptions | Electron.BaseWindow) => {
    assertReady('dialog')
    state.dialogs.push(options as Electron.OpenDialogOptions)
    const chosen = state.choices.shift()
    return Promise.resolve({ canceled: chosen === undefined, filePaths: chosen === undefined ? [] : [chosen] })
  },
} satisfies Partial<Electron.Dialog>

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
  /** A person closes a window. */
  close(window: BrowserWindow): void {
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
      const event = { senderFrame: frame } as unknown as Electron.IpcMainInvokeEvent
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
