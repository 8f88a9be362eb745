/** Puts the bridge on `window`. Sandboxed: the page gets five functions and nothing of Electron. */
import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { CALL_CHANNEL, CHOOSE_CHANNEL, COMMAND_CHANNEL, EVENT_CHANNEL, type VerituneBridge } from '#contract/desktop-bridge'

const bridge: VerituneBridge = {
  call: (method, args) => ipcRenderer.invoke(CALL_CHANNEL, method, args),
  onEvent: (listener) => {
    ipcRenderer.on(EVENT_CHANNEL, (_, event: string, payload: unknown) => listener(event, payload))
  },
  choosePath: (kind) => ipcRenderer.invoke(CHOOSE_CHANNEL, kind) as Promise<string | null>,
  pathOf: (file) => webUtils.getPathForFile(file as Parameters<typeof webUtils.getPathForFile>[0]),
  onCommand: (listener) => {
    ipcRenderer.on(COMMAND_CHANNEL, (_, command: string) => listener(command))
  },
}

contextBridge.exposeInMainWorld('veritune', bridge)
