/** PyTorch engines for tests, which are skipped by name where there is no Python for them. */
import { onTestFinished } from 'vitest'
import { missingModules } from '#test/support/python'
import { TINY_SETTINGS } from '#test/support/tiny-llama'
import type { Engine, EngineSettings } from '#trainer/engines/engine'
import { createTorchEngine } from '#trainer/engines/torch/torch-engine'

/** Why the engine cannot run here; empty when it can. */
export const MISSING_TORCH = missingModules('torch', 'transformers', 'safetensors', 'numpy')

/** A test's or suite's name, with the reason where it is skipped. */
export function unlessSkipped(name: string): string {
  return MISSING_TORCH === '' ? name : `${name} (skipped: ${MISSING_TORCH})`
}

/** On one thread of the processor, in float32. */
export const TORCH_SETTINGS: EngineSettings = { ...TINY_SETTINGS, torch: { device: 'cpu', precision: 'float32' } }

/** Closed when the test ends. */
export async function openTorch(changes: Partial<EngineSettings>): Promise<Engine> {
  const engine = await createTorchEngine({ ...TORCH_SETTINGS, ...changes })
  onTestFinished(() => engine.close())
  return engine
}
