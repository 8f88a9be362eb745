/**
 * What a base in fewer bits costs: processor time of a training step and of sampling, as shares of float32's, in turns in one process.
 * `node test/bench/base-storage.ts [5|25|100]`: millions of parameters, 100 when left out.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BaseStorage } from '#trainer/engines/engine'
import { ALLOCATOR_ENVIRONMENT } from '#trainer/engines/onnx/allocator'
import { createOnnxEngine, type OnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import { POLICY_OBJECTIVE, randomTokens, SIZES, trainingSequences, writeModel, type Size } from './engine/workload.ts'

const STORAGES: readonly BaseStorage[] = ['float32', 'float16', 'int4']
const TURNS = 3
const [PROMPT_TOKENS, TRAINED_TOKENS, SAMPLED_TOKENS] = [64, 128, 32]
const PARTS = ['step', 'sampling 32 rows', 'sampling 1 row'] as const
type Part = (typeof PARTS)[number]
/** Seconds of processor time. */
type Costs = Record<Part, number>
const never = new AbortController().signal

if (process.env.MALLOC_ARENA_MAX === undefined) restart()
else await measure(SIZES.find(({ name }) => name === `${process.argv[2] ?? '100'} M`)!)

/** glibc reads its settings when a process starts. */
function restart(): void {
  const env = { ...process.env, ...ALLOCATOR_ENVIRONMENT }
  process.exitCode = spawnSync(process.execPath, process.argv.slice(1), { env, stdio: 'inherit' }).status ?? 1
}

async function measure(size: Size): Promise<void> {
  const folder = writeModel(mkdtempSync(join(tmpdir(), 'veritune-base-')), size)
  try {
    const engines = STORAGES.map((storage) => open(folder, storage))
    const best = STORAGES.map((): Costs => ({ step: Infinity, 'sampling 32 rows': Infinity, 'sampling 1 row': Infinity }))
    // The first turn compiles.
    for (let turn = 0; turn <= TURNS; turn++) {
      for (const [i, engine] of engines.entries()) {
        const found = await costsOf(engine)
        if (turn > 0) for (const part of PARTS) best[i]![part] = Math.min(best[i]![part], found[part])
      }
    }
    for (const [i, storage] of STORAGES.entries()) {
      const share = (part: Part): string =>
        `${part} ${best[i]![part].toFixed(2)} s (${(best[i]![part] / best[0]![part]).toFixed(2)})`
      console.log(`${size.name}, ${storage}: ${PARTS.map(share).join(', ')}`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function costsOf(engine: OnnxEngine): Promise<Costs> {
  return { step: await train(engine), 'sampling 32 rows': await sample(engine, 32), 'sampling 1 row': await sample(engine, 1) }
}

function open(modelFolder: string, baseStorage: BaseStorage): OnnxEngine {
  return createOnnxEngine({
    modelFolder,
    lora: { rank: 16, alpha: 32, dropout: 0 },
    hasValueHead: false,
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
    microbatchSize: 4,
    seed: 1,
    threads: 1,
    baseStorage,
  })
}

/** 4 sequences of 192 tokens. */
async function train(engine: OnnxEngine): Promise<number> {
  const sequences = trainingSequences(randomTokens(4, PROMPT_TOKENS, 1), randomTokens(4, TRAINED_TOKENS, 2))
  return processorSeconds(() => engine.update({ sequences }, POLICY_OBJECTIVE, never))
}

async function sample(engine: OnnxEngine, rows: number): Promise<number> {
  const requests = randomTokens(Math.ceil(rows / 8), PROMPT_TOKENS, 3).map((prompt, i) => ({
    prompt,
    seeds: Array.from({ length: Math.min(rows, 8) }, (_, k) => 8 * i + k),
  }))
  const sampling = { temperature: 1, topP: 1, topK: 0, maxCompletionTokens: SAMPLED_TOKENS, endTokens: [] }
  return processorSeconds(() => engine.generate(requests, sampling, 'current', () => {}, never))
}

async function processorSeconds(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
