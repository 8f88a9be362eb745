/** The one switch between engines. */
import { Failure } from '#contract/failure'
import type { Engine, EngineSettings } from './engine.ts'

export type EngineName = 'onnx' | 'fake'

/** Throws Failure platform.unsupported where ONNX Runtime has no binary, and as the engine's own maker does. */
export async function createEngine(name: EngineName, settings: EngineSettings): Promise<Engine> {
  switch (name) {
    case 'onnx': {
      assertPlatform()
      const { createWorkerEngine } = await import('./onnx/worker-engine.ts')
      return createWorkerEngine(settings)
    }
    case 'fake': {
      const { createFakeEngine } = await import('./fake/fake-engine.ts')
      return createFakeEngine(settings)
    }
  }
}

/** ONNX Runtime 1.30 ships no binary for Macs with Intel processors. */
export function assertPlatform(platform = process.platform, architecture = process.arch): void {
  if (platform === 'darwin' && architecture === 'x64') {
    throw new Failure('platform.unsupported', { platform: `${platform}-${architecture}` })
  }
}
