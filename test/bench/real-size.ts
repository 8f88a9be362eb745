/**
 * A model with the shapes of deepseek-coder-7b-instruct-v1.5 but fewer layers and random weights: loads bf16 shards, generates, trains a step, and says
 * what the whole model would take. `node test/bench/real-size.ts [layers] [float32|float16|int4]`, 2 and float32 when left out. Exit code 1 above 12 GB. Takes 2 GB
 * of disk meanwhile.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BaseStorage } from '#trainer/engines/engine'
import { ALLOCATOR_ENVIRONMENT } from '#trainer/engines/onnx/allocator'
import { estimateMemory } from '#trainer/engines/onnx/memory-estimate'
import { modelConfigJson, type ModelConfig } from '#trainer/engines/onnx/model/config'
import { parameterCount, weightShapes } from '#trainer/engines/onnx/model/weights'
import { createOnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import { TensorFile } from '#trainer/engines/onnx/safetensors-writer'
import { createRandom } from '#trainer/math/random'
import { POLICY_OBJECTIVE, trainingSequences } from './engine/workload.ts'

const LIMIT_BYTES = 12e9
const WHOLE_LAYERS = 30
const PROMPTS = 2
const GROUP = 4
const PROMPT_TOKENS = 64
const COMPLETION_TOKENS = 64
const RANK = 16
const never = new AbortController().signal

const layers = Number(process.argv[2] ?? '2')
const baseStorage = (process.argv[3] ?? 'float32') as BaseStorage
if (process.env.MALLOC_ARENA_MAX === undefined) restart()
else await measure()

/** glibc reads its settings when a process starts. */
function restart(): void {
  const { status } = spawnSync(process.execPath, process.argv.slice(1), {
    env: { ...process.env, ...ALLOCATOR_ENVIRONMENT },
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
}

function configWith(layerCount: number): ModelConfig {
  return {
    family: 'llama',
    vocabularySize: 102_400,
    hiddenSize: 4096,
    intermediateSize: 11_008,
    layerCount,
    headCount: 32,
    keyValueHeadCount: 32,
    headSize: 128,
    normEpsilon: 1e-6,
    ropeTheta: 10_000,
    ropeScaling: { type: 'default' },
    maxPositions: 4096,
    isTied: false,
    biasedLayers: [],
  }
}

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'veritune-real-size-'))
  try {
    writeShards(folder, configWith(layers))
    const found = await use(folder)
    say(found)
    process.exitCode = process.resourceUsage().maxRSS * 1024 > LIMIT_BYTES ? 1 : 0
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** One shard for the embeddings and one a layer. */
function writeShards(folder: string, config: ModelConfig): void {
  writeFileSync(join(folder, 'config.json'), JSON.stringify(modelConfigJson(config, { bos: 1, eos: 0, pad: 2 })))
  const random = createRandom(1)
  const noise = Float32Array.from({ length: 1 << 20 }, () => (random.next() - 0.5) * 0.06)
  const shards = new Map<string, [string, readonly number[]][]>()
  for (const entry of weightShapes(config)) {
    const file = `model-${/layers\.(\d+)/.exec(entry[0])?.[1] ?? 'rest'}.safetensors`
    shards.set(file, [...(shards.get(file) ?? []), entry])
  }
  const weightMap: Record<string, string> = {}
  for (const [file, entries] of shards) {
    const places = entries.map(([name, shape]) => ({ name, shape }))
    const writing = new TensorFile(join(folder, file), places, 'BF16')
    for (const { name, shape } of places) {
      weightMap[name] = file
      const size = shape.reduce((product, extent) => product * extent, 1)
      const data = new Float32Array(size)
      if (name.includes('norm')) data.fill(1)
      else for (let at = 0; at < size; at += noise.length) data.set(noise.subarray(0, Math.min(noise.length, size - at)), at)
      writing.write(data)
    }
    writing.finish()
    writing.close()
  }
  writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }))
}

type Found = Readonly<Record<'loading' | 'generating' | 'training', number>>

async function use(folder: string): Promise<Found> {
  const random = createRandom(2)
  const prompts = Array.from({ length: PROMPTS }, () => Array.from({ length: PROMPT_TOKENS }, () => random.below(100_000)))
  const start = performance.now()
  const engine = createOnnxEngine({
    modelFolder: folder,
    lora: { rank: RANK, alpha: 2 * RANK, dropout: 0 },
    hasValueHead: false,
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
    microbatchSize: PROMPTS * GROUP,
    seed: 1,
    threads: 2,
    baseStorage,
  })
  const loaded = performance.now()
  const sequences: { promptTokens: number[]; completionTokens: readonly number[] }[] = []
  await engine.generate(
    prompts.map((prompt, i) => ({ prompt, seeds: Array.from({ length: GROUP }, (_, k) => i * GROUP + k) })),
    { temperature: 1, topP: 1, topK: 0, maxCompletionTokens: COMPLETION_TOKENS, endTokens: [] },
    'current',
    ({ request, tokens }) => sequences.push({ promptTokens: prompts[request]!, completionTokens: tokens }),
    never,
  )
  const generated = performance.now()
  const training = trainingSequences(
    sequences.map(({ promptTokens }) => promptTokens),
    sequences.map(({ completionTokens }) => [...completionTokens]),
  )
  const { loss, gradNorm } = await engine.update({ sequences: training }, POLICY_OBJECTIVE, never)
  const trained = performance.now()
  // The merged weights come with the next use of the policy.
  await engine.logprobs(sequences.slice(0, 1), 'current', 1)
  console.log(`loss ${loss.toPrecision(4)}, gradient norm ${gradNorm.toPrecision(4)}`)
  return { loading: (loaded - start) / 1000, generating: (generated - loaded) / 1000, training: (trained - generated) / 1000 }
}

function say({ loading, generating, training }: Found): void {
  const settings = {
    loraRank: RANK,
    baseStorage,
    hasValueHead: false,
    hasEntropyBonus: false,
    microbatchSize: PROMPTS * GROUP,
    threads: 2,
    promptsAtOnce: PROMPTS,
    groupSize: GROUP,
    promptTokens: PROMPT_TOKENS,
    completionTokens: COMPLETION_TOKENS,
  }
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
  const tokens = PROMPTS * GROUP * COMPLETION_TOKENS
  const trainedTokens = PROMPTS * GROUP * (PROMPT_TOKENS + COMPLETION_TOKENS)
  const [part, whole] = [configWith(layers), configWith(WHOLE_LAYERS)]
  console.log(`${layers} layers in ${baseStorage}, ${(parameterCount(part) / 1e9).toFixed(2)} billion parameters`)
  console.log(`loading ${loading.toFixed(0)} s, ${((2 * parameterCount(part)) / 1e9 / loading).toFixed(2)} GB of bf16 a second`)
  console.log(
    `generating ${(tokens / generating).toFixed(1)} tokens/s, training ${(trainedTokens / training).toFixed(1)} tokens/s`,
  )
  console.log(
    `peak ${gigabytes(process.resourceUsage().maxRSS * 1024)}, estimate ${gigabytes(estimateMemory(part, settings).totalBytes)}`,
  )
  console.log(
    `all ${WHOLE_LAYERS} layers, by the estimate: ${gigabytes(estimateMemory(whole, settings).totalBytes)}; by time a layer, about ` +
      `${(((training / layers) * WHOLE_LAYERS) / trainedTokens).toFixed(2)} s for each trained token`,
  )
}
