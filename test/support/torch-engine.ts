/** PyTorch engines for tests, which are skipped by name where there is no Python for them. */
import { afterAll, onTestFinished } from 'vitest'
import { missingModules } from '#test/support/python'
import { TINY_SETTINGS } from '#test/support/tiny-llama'
import type { Engine, EngineSettings } from '#trainer/engines/engine'
import { EngineProcess } from '#trainer/engines/torch/engine-process'
import { openTorchEngine } from '#trainer/engines/torch/torch-engine'

/** Why the engine cannot run here; empty when it can. */
export const MISSING_TORCH = missingModules('torch', 'transformers', 'safetensors', 'numpy')

/** A test's or suite's name, with the reason where it is skipped. */
export function unlessSkipped(name: string): string {
  return MISSING_TORCH === '' ? name : `${name} (skipped: ${MISSING_TORCH})`
}

/** On one thread of the processor, in float32. */
export const TORCH_SETTINGS: EngineSettings = { ...TINY_SETTINGS, torch: { device: 'cpu', precision: 'float32' } }

const started: EngineProcess[] = []
const idle = new Set<EngineProcess>()
afterAll(() => Promise.all(started.map((python) => python.close())))

/**
 * An engine until it is closed or the test ends. PyTorch takes seconds to come up, so that the engines of a file share one process, one after the
 * other; those that are open at the same time have one each. `createTorchEngine` is for tests of the process itself.
 */
export async function openTorch(changes: Partial<EngineSettings>): Promise<Engine> {
  const python = idle.values().next().value ?? (await startProcess())
  idle.delete(python)
  // It has no memory when a test ended it.
  const giveBack = async (): Promise<void> => void (python.usage.residentBytes > 0 && idle.add(python))
  onTestFinished(giveBack)
  const engine = await openTorchEngine(python, { ...TORCH_SETTINGS, ...changes })
  engine.close = giveBack
  return engine
}

async function startProcess(): Promise<EngineProcess> {
  const python = new EngineProcess()
  started.push(python)
  await python.start()
  return python
}
