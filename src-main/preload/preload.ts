/** Puts the bridge on `window`. Sandboxed: the page gets two functions and nothing of Electron. */
import { contextBridge, ipcRenderer } from 'electron'
import { CALL_CHANNEL, EVENT_CHANNEL, type VerituneBridge } from '#contract/desktop-bridge'

const bridge: VerituneBridge = {
  call: (method, args) => ipcRenderer.invoke(CALL_CHANNEL, method, args),
  onEvent: (listener) => {
    ipcRenderer.on(EVENT_CHANNEL, (_, event: string, payload: unknown) => listener(event, payload))
  },
}

contextBridge.exposeInMainWorld('veritune', bridge)
