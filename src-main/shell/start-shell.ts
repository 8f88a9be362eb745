/** The desktop application: one instance, one window over one workbench. */
import { app, BrowserWindow, dialog } from 'electron'
import { COMMAND_CHANNEL } from '#contract/desktop-bridge'
import type { Workbench } from '#workbench/answer-call'
import { setMenu } from './menu.ts'
import { isPrinting } from './print-pdf.ts'
import { registerPageScheme, servePageFolder } from './page-protocol.ts'
import { tellRunEnds } from './run-ends.ts'
import { sendEvents, serveCalls, serveChoices } from './serve-window.ts'
import { openWindow, type WindowOptions } from './window.ts'

/** As the package is called for the system. */
export const APPLICATION_ID = 'org.veritune.desktop'

export interface ShellOptions extends WindowOptions {
  /** Folder of the built page. */
  readonly pageFolder: string
  openWorkbench(): Promise<Workbench>
  /** Tells the program that started this one that there is a window, or that another instance has one. */
  tellStarter(news: 'window' | 'second instance'): void
}

/** Resolves when the window is asked for. Must not be awaited by the entry module: Electron is ready only after that has ended. */
export async function startShell(options: ShellOptions): Promise<void> {
  if (!app.requestSingleInstanceLock()) {
    // The instance that is open shows its window; whoever started this one need not look for another way.
    options.tellStarter('second instance')
    return app.quit()
  }
  registerPageScheme()
  // Windows shows notices of an application that has told its name.
  if (process.platform === 'win32') app.setAppUserModelId(APPLICATION_ID)
  await app.whenReady()
  servePageFolder(options.pageFolder)
  const workbench = await openOrQuit(options)
  if (workbench === null) return
  serveCalls(workbench, options.developmentUrl)
  serveChoices(options.developmentUrl)
  const open = (): BrowserWindow => {
    const window = openWindow(options)
    sendEvents(workbench, window)
    window.once('ready-to-show', () => options.tellStarter('window'))
    return window
  }
  const command = (text: string): void => sendWhenLoaded(showAgain() ?? open(), text)
  setMenu(process.platform, command)
  open()
  app.on('second-instance', () => showAgain())
  app.on('activate', () => showAgain() ?? open())
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  closeBeforeQuit(workbench)
  await tellRunEnds(workbench, (runId) => command(`#/runs/${encodeURIComponent(runId)}`))
}

/** The sentence of a failure in a box of its own: there is no page yet that could show it. */
async function openOrQuit({ openWorkbench }: ShellOptions): Promise<Workbench | null> {
  try {
    return await openWorkbench()
  } catch (error) {
    console.error(error)
    const sentence = error instanceof Error && 'sentence' in error ? String(error.sentence) : String(error)
    dialog.showErrorBox('VeriTune cannot start', sentence)
    app.quit()
    return null
  }
}

/** Null where no window is open. */
function showAgain(): BrowserWindow | null {
  const window = BrowserWindow.getAllWindows().find((one) => !isPrinting(one))
  if (window?.isMinimized()) window.restore()
  window?.focus()
  return window ?? null
}

/** A page that is still being loaded does not listen yet. */
function sendWhenLoaded({ webContents }: BrowserWindow, command: string): void {
  const send = (): void => webContents.send(COMMAND_CHANNEL, command)
  if (webContents.isLoading()) webContents.once('did-finish-load', send)
  else send()
}

/** The store is closed in order before the process ends. */
function closeBeforeQuit(workbench: Workbench): void {
  let isClosed = false
  app.on('before-quit', (event) => {
    if (isClosed) return
    event.preventDefault()
    isClosed = true
    void workbench.close().finally(() => app.quit())
  })
}
