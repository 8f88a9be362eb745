/**
 * Never run, only compiled: the compiler holds sources and double against Electron's own declarations. Each line below is a mistake; a line that
 * compiled would fail the type check.
 */
import { app, BrowserWindow, ipcMain, Notification, protocol } from 'electron'
import type * as Electron from 'electron'
import * as double from '#test/support/electron-double'

export function mistakes(): void {
  // @ts-expect-error a misspelt preference would leave the default
  new BrowserWindow({ webPreferences: { contextIsolated: true } })
  // @ts-expect-error a preference of the wrong type
  new BrowserWindow({ webPreferences: { sandbox: 'yes' } })
  // @ts-expect-error no such method
  app.whenIsReady()
  // @ts-expect-error a handler needs a channel
  ipcMain.handle(() => null)
  // @ts-expect-error schemes come as a list
  protocol.registerSchemesAsPrivileged({ scheme: 'app' })
  // @ts-expect-error a notice has a title, not a heading
  new Notification({ heading: 'finished' })
  // @ts-expect-error a window of the double takes Electron's options only
  new double.BrowserWindow({ sandbox: true })
}

/** What the double offers under Electron's names is shaped as Electron's. */
export const parts = {
  app: double.app satisfies Partial<Electron.App>,
  ipcMain: double.ipcMain satisfies Partial<Electron.IpcMain>,
  protocol: double.protocol satisfies Partial<Electron.Protocol>,
  dialog: double.dialog satisfies Partial<Electron.Dialog>,
  screen: double.screen satisfies Partial<Electron.Screen>,
  shell: double.shell satisfies Partial<Electron.Shell>,
  webUtils: double.webUtils satisfies Partial<Electron.WebUtils>,
}
