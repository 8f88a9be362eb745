/**
 * Run as a process in the place of Electron's binary, with the folder of the application as argument: its entry as package.json names it, over the
 * double. When the window is open its page asks for the workbench and prints the answer; then the person closes the window.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const DOUBLE = new URL('./electron-double.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: DOUBLE, shortCircuit: true } : next(specifier, context),
})

const folder = process.argv[2]!
const { main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { main: string }
const { app, electron } = await import('./electron-double.ts')
app.on('quit', (_, code) => process.exit(code))
// An entry that waits for Electron waits for ever, and Node ends this process.
await import(pathToFileURL(join(folder, main)).href)
electron.becomeReady()

const patience = setInterval(() => void visit(), 20)

async function visit(): Promise<void> {
  if (electron.state.windows.size === 0) return
  clearInterval(patience)
  const { window } = electron
  const page = await electron.request(window.url!)
  const answer = await electron.invoke('veritune:call', 'workbench.info', [])
  console.log(JSON.stringify({ status: page.status, isPage: (await page.text()).includes('<div id="app">'), answer }))
  window.emitter.emit('ready-to-show')
  electron.close(window)
  if (process.platform === 'darwin') electron.quit()
}
