/** The engine of a model or of a checkpoint that somebody asks something, kept open for the next question. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '#contract/failure'
import { CHECKPOINT_STATE_FILE } from '#contract/run-directory'
import type { RunConfig } from '#contract/run-config'
import { loadCheckpoint } from '../checkpoint/checkpoint.ts'
import type { Engine } from '../engines/engine.ts'
import { openEngine } from './composition.ts'
import type { KeptEngines } from './kept-engines.ts'
import { modelFolder } from './paths.ts'

export interface AskedPolicy {
  readonly config: RunConfig
  /** Run directory and the checkpoint's folder in it; null = the model as it is. */
  readonly checkpoint: { readonly run: string; readonly name: string } | null
}

/** Throws Failure completion.crashed, completion.no-memory, and those of model and adapter. */
export async function askEngine<T>(
  engines: KeptEngines,
  policy: AskedPolicy,
  question: (engine: Engine) => Promise<T>,
): Promise<T> {
  try {
    return await engines.use(keyOf(policy), () => open(policy), question)
  } catch (error) {
    throw inOwnWords(error)
  }
}

async function open({ config, checkpoint }: AskedPolicy): Promise<Engine> {
  // A question is not worth more than one process.
  const engine = await openEngine({ ...config, torch: { ...config.torch, processes: 1 } })
  if (checkpoint === null) return engine
  try {
    await loadCheckpoint(checkpoint.run, checkpoint.name, engine)
  } catch (error) {
    await engine.close()
    throw error
  }
  return engine
}

/** Whatever makes another engine of it; files that were written anew are others. */
function keyOf({ config, checkpoint }: AskedPolicy): string {
  const { engine, device, baseStorage, torch, lora, algorithm } = config
  const folder = modelFolder(config.model)
  const saved = checkpoint === null ? null : join(checkpoint.run, checkpoint.name, CHECKPOINT_STATE_FILE)
  const stamps = [join(folder, 'config.json'), saved].map((file) => file && statSync(file, { throwIfNoEntry: false })?.mtimeMs)
  return JSON.stringify([folder, saved, stamps, engine, device, baseStorage, torch, lora, algorithm.name === 'ppo'])
}

/** There is no run to resume here. */
function inOwnWords(error: unknown): unknown {
  if (!(error instanceof Failure)) return error
  if (error.code === 'engine.crashed') return new Failure('completion.crashed', error.facts, { cause: error })
  if (error.code === 'memory.exhausted') return new Failure('completion.no-memory', error.facts, { cause: error })
  return error
}
