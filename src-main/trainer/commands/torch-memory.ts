/** Whether a run of the PyTorch engine fits where it will run: into a card whose memory was read, or into this computer's. */
import { totalmem } from 'node:os'
import type { Gpu } from '#contract/gpu'
import type { MemoryEstimate, MemoryReport } from '#contract/model-inspection'
import type { RunConfig } from '#contract/run-config'
import { availableMemory } from '../engines/onnx/memory-available.ts'
import type { ModelConfig } from '../engines/onnx/model/config.ts'
import { estimateTorchMemory, type TorchMemorySettings } from '../engines/torch/memory-estimate.ts'
import { tightestCard } from '../gpu/cards-of-run.ts'
import {
  adapterInstead,
  checkpointing,
  fewerPrompts,
  remedyOf,
  shorterCompletions,
  smallerMicrobatch,
  type Change,
} from './memory-remedy.ts'
import { memorySettings, refuseWhatCannotFit, withScoring } from './run-memory.ts'

/** The estimate is within this of what was measured: what passes it is clearly too large. */
const CLEARLY = 1.15

/** Where the model lies. */
export interface TorchRoom {
  /** null: in this computer's memory. */
  readonly card: string | null
  /** null where the card does not tell. */
  readonly availableBytes: number | null
  readonly machineBytes: number | null
  /** Whether it is known that it will lie there. */
  readonly isSure: boolean
}

/** gpus: those that their makers' tools tell of. */
export function torchRoom({ device, gpu, processes }: RunConfig['torch'], gpus: readonly Gpu[]): TorchRoom {
  const card = device === 'cpu' ? null : tightestCard(gpus, { gpu, processes })
  if (card !== null) {
    const { name, freeBytes, totalBytes } = card
    return { card: name, availableBytes: freeBytes, machineBytes: totalBytes, isSure: true }
  }
  if (device === 'cuda' || gpu !== null)
    return { card: 'the graphics card', availableBytes: null, machineBytes: null, isSure: false }
  // A card that no tool tells of may be there all the same.
  return { card: null, availableBytes: availableMemory(), machineBytes: totalmem(), isSure: device === 'cpu' }
}

/** The estimate of a run beside what there is. */
export function torchReport(
  model: ModelConfig,
  config: RunConfig,
  prompt: { readonly tokens: number; readonly isMeasured: boolean },
  room: TorchRoom,
): MemoryReport {
  const estimate = estimateIn(room, model, config, prompt.tokens)
  const { availableBytes } = room
  const fits = availableBytes === null || estimate.totalBytes <= availableBytes
  const wouldFit = (changed: RunConfig): boolean => estimateIn(room, model, changed, prompt.tokens).totalBytes <= availableBytes!
  return {
    ...estimate,
    card: room.card,
    availableBytes,
    machineBytes: room.machineBytes,
    fits,
    remedy: fits ? null : remedyOf(config, changes(config), wouldFit, room.card === null ? 'computer' : 'card'),
    promptTokens: prompt.tokens,
    isPromptMeasured: prompt.isMeasured,
  }
}

/** Throws Failure memory.insufficient, where the room is known and clearly too small. */
export function refuseTorch(report: MemoryReport, { isSure }: TorchRoom): void {
  const { availableBytes, totalBytes } = report
  if (isSure && availableBytes !== null && totalBytes > CLEARLY * availableBytes) refuseWhatCannotFit(report)
}

/** On a card the scorers take nothing. */
function estimateIn(room: TorchRoom, model: ModelConfig, config: RunConfig, promptTokens: number): MemoryEstimate {
  const estimate = estimateTorchMemory(model, torchSettings(model, config, promptTokens, room))
  return room.card === null ? withScoring(estimate) : estimate
}

function torchSettings(model: ModelConfig, config: RunConfig, promptTokens: number, room: TorchRoom): TorchMemorySettings {
  const { promptsAtOnce, groupSize, microbatchSize, completionTokens, hasValueHead } = memorySettings(model, config, promptTokens)
  return {
    loraRank: config.lora?.rank ?? null,
    loraDropout: config.lora?.dropout ?? 0,
    hasValueHead,
    precision: config.torch.precision,
    isBaseIn4Bits: config.torch.quantization === 'nf4',
    areMomentsIn8Bits: config.torch.optimizer === 'adamw8bit',
    sharers: config.torch.sharding === 'full' ? config.torch.processes : 1,
    isCheckpointed: config.gradientCheckpointing,
    microbatchSize,
    rows: Math.ceil((promptsAtOnce * groupSize) / config.torch.processes),
    prompts: promptsAtOnce,
    promptTokens,
    completionTokens,
    isOnCard: room.card !== null,
    availableBytes: room.availableBytes,
  }
}

function changes(config: RunConfig): Change[] {
  return [
    smallerMicrobatch(config),
    checkpointing(config),
    adapterInstead(config),
    {
      setting: 'torch.precision',
      sizes: config.torch.precision === 'float32' && config.lora !== null ? [16] : [],
      apply: (changed) => ({ ...changed, torch: { ...changed.torch, precision: 'bfloat16' } }),
      says: () => 'Set torch.precision to bfloat16: half the memory of the frozen weights and of the rollouts.',
    },
    {
      setting: 'torch.quantization',
      sizes: config.torch.quantization === 'none' && config.torch.sharding === 'none' && config.lora !== null ? [4] : [],
      apply: (changed) => ({ ...changed, torch: { ...changed.torch, quantization: 'nf4' } }),
      says: () => 'Set torch.quantization to nf4: the frozen layers in 4 bits, which takes more time.',
    },
    fewerPrompts(config),
    shorterCompletions(config),
  ]
}
