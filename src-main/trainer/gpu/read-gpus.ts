/** The graphics cards of this machine, as the tools of their makers tell of them. */
import type { Gpu } from '#contract/gpu'
import * as nvidia from './nvidia-smi.ts'
import * as amd from './rocm-smi.ts'
import { runBriefly } from './run-briefly.ts'

/** Empty where there is no such tool, or no card. */
export async function readGpus(): Promise<Gpu[]> {
  const [csv, json] = await Promise.all([
    runBriefly(nvidia.NVIDIA_SMI, nvidia.LIST_ARGUMENTS),
    runBriefly(amd.ROCM_SMI, amd.LIST_ARGUMENTS),
  ])
  return [...nvidia.nvidiaGpus(csv ?? ''), ...amd.amdGpus(json ?? '')]
}
