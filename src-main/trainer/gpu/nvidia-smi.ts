/** NVIDIA's cards by `nvidia-smi --format=csv,noheader,nounits`: one card a line, memory in MiB, power in watts. Source: nvidia-smi --help-query-gpu. */
import type { Gpu } from '#contract/gpu'
import type { GpuSample } from './gpu-sample.ts'

export const NVIDIA_SMI = 'nvidia-smi'
const FORMAT = '--format=csv,noheader,nounits'
const MIB = 2 ** 20

export const LIST_ARGUMENTS = ['--query-gpu=index,uuid,name,driver_version,memory.total,memory.used', FORMAT]

/** A line of each card every so many seconds, until it is ended. */
export function streamArguments(seconds: number): string[] {
  return ['--query-gpu=index,uuid,utilization.gpu,memory.used,power.draw,temperature.gpu', FORMAT, '-l', String(seconds)]
}

export function nvidiaGpus(csv: string): Gpu[] {
  return csv.split('\n').flatMap((line) => {
    const cells = line.split(',').map((cell) => cell.trim())
    const [index, uuid, name, driver] = cells
    if (cells.length !== 6 || !/^\d+$/.test(index!)) return []
    const [total, used] = [numberIn(cells[4]), numberIn(cells[5])]
    return {
      index: Number(index),
      uuid: uuid!,
      name: name!,
      maker: 'nvidia' as const,
      driver: /^\d/.test(driver!) ? driver! : null,
      totalBytes: total === null ? null : total * MIB,
      freeBytes: total === null || used === null ? null : (total - used) * MIB,
    }
  })
}

/** null for a line that is none of a card. */
export function nvidiaSample(line: string): GpuSample | null {
  const cells = line.split(',').map((cell) => cell.trim())
  const [index, uuid, percent, usedMib, watts, celsius] = cells
  if (cells.length !== 6 || !/^\d+$/.test(index!)) return null
  const [share, used] = [numberIn(percent), numberIn(usedMib)]
  return {
    index: Number(index),
    uuid: uuid!,
    utilisation: share === null ? null : share / 100,
    usedBytes: used === null ? null : used * MIB,
    watts: numberIn(watts),
    celsius: numberIn(celsius),
  }
}

/** null for what a card does not tell: `[N/A]`, `[Not Supported]`, `[Unknown Error]`. */
function numberIn(cell: string | undefined): number | null {
  return cell !== undefined && /^\d+(\.\d+)?$/.test(cell) ? Number(cell) : null
}
