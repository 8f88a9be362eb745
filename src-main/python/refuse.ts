/** What can be known before gigabytes are fetched: no installer for it, no card, a driver that is too old, too little room. */
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '#contract/failure'
import type { Gpu } from '#contract/gpu'
import type { TorchBackend } from '#contract/torch-backends'
import type { TorchInstaller } from '#contract/torch-environment'
import { isOldUv, OLDEST_UV, uvRemedy } from './find-installer.ts'

/** Of a whole environment. Measured on Linux: 5.4 GB with CUDA, of which 3.0 its libraries and 1.0 Triton, and 1.3 GB without; ROCm's are larger. */
const NEEDED_GB = { cpu: 2, card: 7, rocm: 18 } as const
/** Drivers of the oldest CUDA that PyTorch is built for, 12. Source: NVIDIA, CUDA release notes, minor version compatibility. */
const OLDEST_NVIDIA_DRIVER = 525

/** The installer that will be used. Throws Failure environment.no-installer, environment.old-uv, environment.needs-uv. */
export function chooseInstaller(uv: TorchInstaller | null, pip: TorchInstaller | null, backend: TorchBackend): TorchInstaller {
  if (uv !== null) {
    if (isOldUv(uv)) throw new Failure('environment.old-uv', { program: uv.program, found: uv.version, needed: OLDEST_UV })
    return uv
  }
  const remedy = uvRemedy()
  if (pip === null) throw new Failure('environment.no-installer', { remedy })
  // The package index has one build for each platform: on Linux that for CUDA, which runs on the processor as well.
  const isThere = backend === 'auto' || backend === 'cpu' || (backend === 'cuda' && process.platform === 'linux')
  if (!isThere) throw new Failure('environment.needs-uv', { backend, remedy })
  return pip
}

/** Throws Failure environment.no-card, environment.old-driver. */
export function refuseCards(backend: TorchBackend, gpus: readonly Gpu[]): void {
  const maker = ({ cuda: 'nvidia', rocm: 'amd' } as const)[backend as string]
  if (maker !== undefined && !gpus.some((gpu) => gpu.maker === maker)) {
    const tool = maker === 'nvidia' ? 'nvidia-smi' : 'rocm-smi'
    throw new Failure('environment.no-card', { backend, reason: `${tool} is not there, or names none` })
  }
  if (backend === 'cpu' || backend === 'rocm') return
  const old = gpus.find(
    ({ maker, driver }) => maker === 'nvidia' && driver !== null && Number.parseInt(driver, 10) < OLDEST_NVIDIA_DRIVER,
  )
  if (old === undefined) return
  throw new Failure('environment.old-driver', { found: old.driver!, card: old.name, needed: OLDEST_NVIDIA_DRIVER })
}

/** Throws Failure environment.no-space. */
export async function refuseFullDisk(folder: string, needGb: number): Promise<void> {
  const { bavail, bsize } = await statfs(nearestFolder(folder))
  const haveGb = (bavail * bsize) / 1e9
  if (haveGb < needGb) throw new Failure('environment.no-space', { folder, needGb, haveGb: haveGb.toFixed(1) })
}

/** Gigabytes of the environment that these would make. */
export function neededGb(installer: TorchInstaller, backend: TorchBackend, gpus: readonly Gpu[]): number {
  if (installer.name === 'pip') return process.platform === 'linux' ? NEEDED_GB.card : NEEDED_GB.cpu
  if (backend === 'cpu' || gpus.length === 0) return NEEDED_GB.cpu
  return backend === 'rocm' || gpus.every(({ maker }) => maker === 'amd') ? NEEDED_GB.rocm : NEEDED_GB.card
}

function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path))
}
