/** Electron's entry. Bundled to out/main/main.js. */
import { app } from 'electron'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { EXIT_CODES } from '#contract/run-directory'
import { keychain } from '#shell/key-keeper'
import { printPdf } from '#shell/print-pdf'
import { startShell } from '#shell/start-shell'
import { checkoutLocations, packagedProgram, resolveHome } from '#workbench/locations'
import { createWorkbench, type WorkbenchOptions } from '#workbench/workbench'

const OUT = join(import.meta.dirname, '..')

// Not awaited: Electron becomes ready only after this module has run to its end.
startShell({
  pageFolder: join(OUT, 'renderer'),
  preloadPath: join(OUT, 'preload/preload.cjs'),
  placeFile: join(app.getPath('userData'), 'window.json'),
  developmentUrl: app.isPackaged ? null : (process.env.ELECTRON_RENDERER_URL ?? null),
  openWorkbench: () =>
    createWorkbench({
      home: resolveHome(process.env, process.platform, homedir()),
      ...locations(),
      isOpenedSoon: true,
      printPdf,
      keyKeeper: keychain(join(app.getPath('userData'), 'wandb-key')),
    }),
  // scripts/start.mjs listens; nobody else does.
  tellStarter: (news) => process.send?.(news),
}).catch((error: unknown) => {
  console.error(error)
  app.exit(EXIT_CODES.failed)
})

/** A package carries a plain Node and the bundled programs as resources; a checkout has them where npm and git put them. */
function locations(): Omit<WorkbenchOptions, 'home' | 'isOpenedSoon' | 'printPdf' | 'keyKeeper'> {
  const binary = process.platform === 'win32' ? 'node.exe' : 'node'
  if (app.isPackaged) {
    const resources = process.resourcesPath
    const nodePath = join(resources, 'node', binary)
    return {
      ...packagedProgram(resources, nodePath),
      nodePath,
      trainerPath: join(resources, 'trainer/main.js'),
      syncPath: join(resources, 'sync/main.js'),
      resourcesPath: join(resources, 'resources'),
    }
  }
  const root = join(OUT, '..')
  const pinned = join(root, 'node_modules/node/bin', binary)
  // `npm start` names the Node that it runs under.
  return checkoutLocations(root, process.env.VERITUNE_NODE ?? (existsSync(pinned) ? pinned : 'node'))
}
