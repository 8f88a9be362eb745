/** The desktop application over the Electron double: a real workbench, a page folder with one file. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMMAND_CHANNEL } from '#contract/desktop-bridge'
import { startShell, type ShellOptions } from '#shell/start-shell'
import { electron } from '#test/support/electron-double'
import { openWorkbench, type OpenWorkbench } from '#test/support/open-workbench'
import { temporaryFolder } from '#test/support/temporary-folder'

export interface Desktop extends OpenWorkbench {
  /** What the program that started it was told. */
  readonly news: string[]
  /** What the page was told to do. */
  readonly commands: string[]
}

/** Starts and becomes ready; the window is open afterwards unless `changes` prevent it. */
export async function openDesktop(changes: Partial<ShellOptions> = {}): Promise<Desktop> {
  const folder = temporaryFolder()
  const pageFolder = join(folder, 'page')
  mkdirSync(pageFolder)
  writeFileSync(join(pageFolder, 'index.html'), '<!doctype html><title>page</title>')
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  const open = await openWorkbench(join(folder, 'home'))
  const news: string[] = []
  const commands: string[] = []
  electron.state.pageEvents.on(COMMAND_CHANNEL, (_, command: string) => commands.push(command))
  const started = startShell({
    pageFolder,
    preloadPath: '/preload.cjs',
    developmentUrl: null,
    placeFile: join(folder, 'window.json'),
    openWorkbench: async () => open.workbench,
    tellStarter: (text) => news.push(text),
    ...changes,
  })
  electron.becomeReady()
  await started
  return { ...open, news, commands }
}
