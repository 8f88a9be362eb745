/** What this machine can do, and the remedy for what it cannot. */
import { join } from 'node:path'
import type { DoctorReport } from '#contract/api'
import type { TrainerLocation } from '#launch/trainer-process'
import { homeCheck, memoryCheck } from './machine.ts'
import { desktopCheck, nodeCheck, starterFilesCheck, storeCheck } from './installation.ts'
import { torchFolders } from '#python/torch-folder'
import { torchCheck, uvCheck } from './torch.ts'
import { trainerChecks } from './trainer-checks.ts'

export interface DoctorOptions extends TrainerLocation {
  readonly home: string
}

/** Never rejects for what it looks at: whatever is broken is a check that says so. Takes some seconds, for it scores one design. */
export async function doctorReport(options: DoctorOptions): Promise<DoctorReport> {
  const checks = await Promise.all([
    nodeCheck(options.nodePath),
    homeCheck(options.home),
    memoryCheck(),
    storeCheck(),
    desktopCheck(),
    starterFilesCheck(options.resourcesPath),
    uvCheck(),
    torchCheck(options.home, join(options.resourcesPath, '..', 'native')),
    trainerChecks({ ...options, torchFolder: torchFolders(options.home).whole }),
  ])
  return { checks: checks.flat() }
}
