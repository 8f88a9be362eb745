/** Whether a run that begins has room where it will run, with whatever engine. */
import { Failure } from '#contract/failure'
import type { MemoryReport } from '#contract/model-inspection'
import type { RunConfig } from '#contract/run-config'
import { MIN_ANSWER_TOKENS } from '../1-tasks/prompts.ts'
import type { Dataset } from '../1-tasks/read-tasks.ts'
import { readModelConfig, type ModelConfig } from '../engines/onnx/model/config.ts'
import { assertStorage } from '../engines/onnx/stored-base.ts'
import { readGpus } from '../gpu/read-gpus.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { modelFolder } from './paths.ts'
import { longestPrompt, memoryReport, refuseWhatCannotFit } from './run-memory.ts'
import { refuseTorch, torchReport, torchRoom, type TorchRoom } from './torch-memory.ts'

/** null but for the PyTorch engine, whose model may lie on a card. */
export async function roomOf({ engine, torch }: RunConfig): Promise<TorchRoom | null> {
  return engine === 'torch' ? torchRoom(torch, await readGpus()) : null
}

/**
 * room: of the PyTorch engine, null under another. null for an engine without an estimate, and for a model of which PyTorch alone knows what it is. Throws
 * the failures of readModelConfig and assertStorage.
 */
export function runReport(
  config: RunConfig,
  { train, validation }: Dataset['tasks'],
  tokenizer: Tokenizer,
  room: TorchRoom | null,
): MemoryReport | null {
  if (config.engine === 'fake') return null
  const model = modelOf(config)
  if (model === null) return null
  const tokens = longestPrompt([...train, ...validation], tokenizer, model.maxPositions - MIN_ANSWER_TOKENS)
  const prompt = { tokens, isMeasured: true }
  return room === null ? memoryReport(model, config, prompt) : torchReport(model, config, prompt, room)
}

function modelOf(config: RunConfig): ModelConfig | null {
  try {
    const model = readModelConfig(modelFolder(config.model))
    if (config.engine === 'onnx') assertStorage(model, config)
    return model
  } catch (error) {
    // What PyTorch cannot run it says itself.
    if (config.engine === 'torch' && error instanceof Failure) return null
    throw error
  }
}

/** Before anything large is loaded. Throws Failure memory.insufficient. */
export function refuseTooLarge(report: MemoryReport | null, room: TorchRoom | null): void {
  if (report === null) return
  if (room === null) refuseWhatCannotFit(report)
  else refuseTorch(report, room)
}
