/** The API over IPC: calls of our own page in, answers and events out. */
import { BrowserWindow, dialog, ipcMain, type IpcMainInvokeEvent, type OpenDialogOptions } from 'electron'
import { EVENT_NAMES } from '#contract/api'
import { answerCall, type Workbench } from '#workbench/answer-call'
import { CALL_CHANNEL, CHOOSE_CHANNEL, EVENT_CHANNEL } from '#contract/desktop-bridge'
import { isPageUrl } from './page-protocol.ts'

/** Answers calls until the returned function is called. */
export function serveCalls(workbench: Workbench, developmentUrl: string | null): () => void {
  ipcMain.handle(CALL_CHANNEL, (event, method: unknown, args: unknown) => {
    if (!comesFromPage(event, developmentUrl) || typeof method !== 'string' || !Array.isArray(args)) {
      return {
        error: {
          code: 'arguments.invalid',
          message: 'This call is refused.',
          remedy: 'Only the page of VeriTune may call.',
          field: null,
        },
      }
    }
    return answerCall(workbench, method, args)
  })
  return () => ipcMain.removeHandler(CALL_CHANNEL)
}

/** Lets a person choose a file or a folder in the system's own dialog, over the window that asks. Answers its path, or null; to whoever is not our page, null without a dialog. */
export function serveChoices(developmentUrl: string | null): void {
  ipcMain.handle(CHOOSE_CHANNEL, async (event, kind: unknown): Promise<string | null> => {
    if (!comesFromPage(event, developmentUrl)) return null
    const options: OpenDialogOptions = { properties: [kind === 'folder' ? 'openDirectory' : 'openFile'] }
    const window = BrowserWindow.fromWebContents(event.sender)
    const { filePaths } = await (window === null ? dialog.showOpenDialog(options) : dialog.showOpenDialog(window, options))
    return filePaths[0] ?? null
  })
}

/** Sends the workbench's events to a window as long as it is open. */
export function sendEvents(workbench: Workbench, window: BrowserWindow): void {
  const { webContents } = window
  const ends = EVENT_NAMES.map((event) => workbench.on(event, (payload) => webContents.send(EVENT_CHANNEL, event, payload)))
  window.once('closed', () => ends.forEach((end) => end()))
}

/** A frame inside the page, or a page that is not ours, has no say. */
function comesFromPage({ senderFrame }: IpcMainInvokeEvent, developmentUrl: string | null): boolean {
  return senderFrame !== null && senderFrame.parent === null && isPageUrl(senderFrame.url, developmentUrl)
}
