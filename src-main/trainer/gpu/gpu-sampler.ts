/** What the cards of a run did since one looked last: `nvidia-smi` tells it line by line, `rocm-smi` is asked again and again. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { isCard } from './cards-of-run.ts'
import type { GpuSample } from './gpu-sample.ts'
import * as nvidia from './nvidia-smi.ts'
import * as amd from './rocm-smi.ts'
import { runBriefly } from './run-briefly.ts'

const SECONDS_APART = 2
/** rocm-smi is a Python program: asking it costs a third of a second of a processor. */
const AMD_MS_APART = 10_000
/** One that has told something and then ended (a driver that was reset) is started again after so long. */
const AGAIN_MS = 30_000

export interface Pace {
  readonly nvidiaSeconds: number
  readonly amdMs: number
  readonly againMs: number
}
const PACE: Pace = { nvidiaSeconds: SECONDS_APART, amdMs: AMD_MS_APART, againMs: AGAIN_MS }

export class GpuSampler {
  readonly #cards: readonly string[]
  readonly #pace: Pace
  readonly #samples: GpuSample[] = []
  readonly #newest = new Map<string, GpuSample>()
  #child: ChildProcess | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  /** Begins at once. Never fails: without a tool there is nothing to tell. */
  constructor(cards: readonly string[], pace = PACE) {
    this.#cards = cards
    this.#pace = pace
    this.#stream()
  }

  /** Metrics of the time since the last call; those that no card told are left out. */
  take(): Record<string, number> {
    return gpuMetrics(this.#samples.splice(0))
  }

  /** Metrics of this moment, by what each card told last; none while the tool is away. */
  newest(): Record<string, number> {
    return gpuMetrics([...this.#newest.values()])
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#child?.kill('SIGKILL')
  }

  #stream(): void {
    const child = spawn(nvidia.NVIDIA_SMI, nvidia.streamArguments(this.#pace.nvidiaSeconds), {
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
    })
    this.#child = child
    let hasTold = false
    createInterface({ input: child.stdout }).on('line', (line) => {
      const sample = nvidia.nvidiaSample(line)
      hasTold ||= sample !== null
      if (sample !== null) this.#keep([sample])
    })
    // It keeps nobody from ending.
    child.unref()
    // It comes behind its last line, and also where there is no such program.
    child.once('error', () => {})
    child.once('close', () => {
      this.#newest.clear()
      if (hasTold) this.#later(this.#pace.againMs, () => this.#stream())
      else this.#askAmd()
    })
  }

  #askAmd(): void {
    void runBriefly(amd.ROCM_SMI, amd.SAMPLE_ARGUMENTS).then((text) => {
      const samples = amd.amdSamples(text ?? '')
      this.#newest.clear()
      this.#keep(samples)
      if (samples.length > 0) this.#later(this.#pace.amdMs, () => this.#askAmd())
    })
  }

  #later(milliseconds: number, act: () => void): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => this.#isClosed || act(), milliseconds)
    this.#timer.unref()
  }

  #keep(samples: readonly GpuSample[]): void {
    const ofRun = samples.filter((sample) => this.#cards.some((card) => isCard(sample, card)))
    this.#samples.push(...ofRun)
    for (const sample of ofRun) this.#newest.set(sample.uuid, sample)
  }
}

/** samples: of any number of cards, in order of time. */
export function gpuMetrics(samples: readonly GpuSample[]): Record<string, number> {
  const byCard = [...Map.groupBy(samples, ({ uuid }) => uuid).values()]
  const means = (pick: (sample: GpuSample) => number | null): number[] =>
    byCard.flatMap((ofCard) => {
      const told = ofCard.map(pick).filter((value) => value !== null)
      return told.length === 0 ? [] : [told.reduce((sum, value) => sum + value, 0) / told.length]
    })
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const [use, memory, power] = [means((s) => s.utilisation), means((s) => s.usedBytes), means((s) => s.watts)]
  const degrees = samples.map(({ celsius }) => celsius).filter((value) => value !== null)
  return {
    ...(use.length > 0 && { 'system/gpu_utilisation': sum(use) / use.length }),
    ...(memory.length > 0 && { 'system/gpu_memory': sum(memory) }),
    ...(power.length > 0 && { 'system/gpu_power': sum(power) }),
    ...(degrees.length > 0 && { 'system/gpu_temperature': Math.max(...degrees) }),
  }
}
