/** The graphics cards of a machine, as the tools of their makers tell of them. */
import type { Gpu } from '#contract/gpu'
import * as nvidia from './nvidia-smi.ts'
import * as amd from './rocm-smi.ts'
import { runBriefly } from './run-briefly.ts'

/** What each tool is asked; no word of it means anything to a shell. */
export const GPU_QUESTIONS = {
  nvidia: [nvidia.NVIDIA_SMI, ...nvidia.LIST_ARGUMENTS],
  amd: [amd.ROCM_SMI, ...amd.LIST_ARGUMENTS],
} as const

/** Of this machine; empty where there is no such tool, or no card. */
export async function readGpus(): Promise<Gpu[]> {
  const [csv, json] = await Promise.all(
    [GPU_QUESTIONS.nvidia, GPU_QUESTIONS.amd].map(([program, ...args]) => runBriefly(program!, args)),
  )
  return gpusIn({ nvidia: csv ?? '', amd: json ?? '' })
}

/** Of any machine, by what its tools answered. */
export function gpusIn(said: Readonly<Record<keyof typeof GPU_QUESTIONS, string>>): Gpu[] {
  return [...nvidia.nvidiaGpus(said.nvidia), ...amd.amdGpus(said.amd)]
}
