/** The one switch between engines. */
import { Failure } from '#contract/failure'
import type { Engine, EngineSettings } from './engine.ts'

export type EngineName = 'onnx' | 'torch' | 'fake'

/**
 * Throws Failure platform.unsupported where ONNX Runtime has no binary, device.refused, config.invalid for a base that cannot be stored so, as the engine's own maker does, and the reason of `stop` when that is aborted
 * while a model loads.
 */
export async function createEngine(name: EngineName, settings: EngineSettings, stop?: AbortSignal): Promise<Engine> {
  switch (name) {
    case 'onnx': {
      assertPlatform()
      const { createProcessEngine } = await import('./onnx/process-engine.ts')
      const { assertDevice } = await import('./onnx/webgpu/probe.ts')
      await assertBase(settings)
      await assertDevice(settings.device ?? 'cpu')
      return createProcessEngine(settings, stop)
    }
    case 'torch': {
      const { createTorchEngine } = await import('./torch/torch-engine.ts')
      return createTorchEngine(settings, stop)
    }
    case 'fake': {
      const { createFakeEngine } = await import('./fake/fake-engine.ts')
      return createFakeEngine(settings)
    }
  }
}

/** Before a process is started for it. */
async function assertBase(settings: EngineSettings): Promise<void> {
  if ((settings.baseStorage ?? 'float32') === 'float32') return
  const { assertStorage } = await import('./onnx/stored-base.ts')
  const { readModelConfig } = await import('./onnx/model/config.ts')
  assertStorage(readModelConfig(settings.modelFolder), settings)
}

/** ONNX Runtime 1.30 ships no binary for Macs with Intel processors. */
export function assertPlatform(platform = process.platform, architecture = process.arch): void {
  if (platform === 'darwin' && architecture === 'x64') {
    throw new Failure('platform.unsupported', { platform: `${platform}-${architecture}` })
  }
}
