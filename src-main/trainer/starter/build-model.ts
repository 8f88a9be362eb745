/** From nothing to the starter model: tokenizer, corpus, supervised training through the embedded engine, evaluation, files. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Task } from '#contract/task'
import type { EngineSettings, OptimizerSettings } from '../engines/engine.ts'
import { modelConfigJson, readModelConfig, type ModelConfig } from '../engines/onnx/model/config.ts'
import { initialWeights, floatsOf } from '../engines/onnx/model/weights.ts'
import { createOnnxEngine, type OnnxEngine } from '../engines/onnx/onnx-engine.ts'
import { writeTensors } from '../engines/onnx/safetensors-writer.ts'
import { loadTokenizer } from '../tokenizer/tokenizer.ts'
import { corpusBatches } from './batches.ts'
import { CORPUS_KNOBS, SYSTEMATIC_MISTAKES, type CorpusKnobs } from './corpus.ts'
import { evaluate, type Evaluation } from './evaluate.ts'
import { modelCard } from './model-card.ts'
import { SPECIAL_IDS, TOKENIZER_SETTINGS, trainTokenizer } from './train-tokenizer.ts'

export interface BuildSettings {
  readonly seed: number
  /** Training time, compiling of graphs included; the learning rate falls over it. */
  readonly minutes: number
  readonly threads: number
  /** Gets the finished model. */
  readonly modelFolder: string
  /** Keeps checkpoints while training; a build that finds one there goes on from it. */
  readonly workFolder: string
  readonly validationTasks: readonly Task[]
}

/** How the starter is trained. Source of the numbers: trials at this size. */
export const TRAINING = {
  paddedTokens: 2048,
  learningRate: 2e-3,
  warmUpSteps: 40,
  /** Share of the peak that the cosine ends at. */
  lastRate: 0.05,
  /** Until this share of the time no mistake is systematic: first the skill, then the habits. */
  cleanShare: 0.4,
  checkpointMinutes: 10,
  optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.05, maxGradNorm: 1 } satisfies OptimizerSettings,
} as const

const SHAPE: Omit<ModelConfig, 'vocabularySize'> = {
  family: 'llama',
  hiddenSize: 256,
  intermediateSize: 688,
  layerCount: 4,
  headCount: 4,
  keyValueHeadCount: 2,
  headSize: 64,
  normEpsilon: 1e-5,
  ropeTheta: 10_000,
  ropeScaling: { type: 'default' },
  maxPositions: 512,
  isTied: false,
  biasedLayers: [],
}

/** What is kept between checkpoints beside the engine's own state. */
interface Progress {
  readonly step: number
  readonly nextExample: number
  readonly trainedMs: number
  readonly completionTokens: number
  /** [minutes, mean loss in nats per completion token] about every half minute. */
  readonly lossCurve: readonly (readonly [number, number])[]
}

const START: Progress = { step: 0, nextExample: 0, trainedMs: 0, completionTokens: 0, lossCurve: [] }
const CURVE_STEP_MS = 30_000

export async function buildModel(settings: BuildSettings): Promise<Evaluation> {
  const base = join(settings.workFolder, 'base')
  const config = prepareBase(base, settings.seed)
  const engine = createOnnxEngine(engineSettings(base, settings))
  try {
    const progress = await train(engine, base, settings)
    writeModel(settings.modelFolder, base, config, engine)
    const evaluation = await evaluate(engine, loadTokenizer(base), settings.validationTasks, settings.seed)
    writeRecord(settings, config, progress, evaluation)
    return evaluation
  } finally {
    await engine.close()
  }
}

/** The untrained model: tokenizer, config, random weights. Kept when it is there already, for a resumed build must not change it. */
function prepareBase(base: string, seed: number): ModelConfig {
  const ready = join(base, 'base.json')
  if (existsSync(ready)) return readModelConfig(base)
  mkdirSync(base, { recursive: true })
  const config = { vocabularySize: trainTokenizer(base, TOKENIZER_SETTINGS, CORPUS_KNOBS), ...SHAPE }
  writeConfigs(base, config)
  writeTensors(join(base, 'model.safetensors'), initialWeights(config, seed))
  writeFileSync(ready, JSON.stringify(config))
  return config
}

function engineSettings(modelFolder: string, { seed, threads }: BuildSettings): EngineSettings {
  return { modelFolder, lora: null, hasValueHead: false, optimizer: TRAINING.optimizer, microbatchSize: 32, seed, threads }
}

async function train(engine: OnnxEngine, base: string, settings: BuildSettings): Promise<Progress> {
  const checkpoint = join(settings.workFolder, 'checkpoint')
  let progress = await resumed(engine, checkpoint)
  const batches = corpusBatches(loadTokenizer(base), settings.seed, progress.nextExample, TRAINING.paddedTokens)
  const totalMs = settings.minutes * 60_000
  const neverStopped = new AbortController().signal
  let [savedMs, shownMs] = [progress.trainedMs, progress.trainedMs]
  let recent: number[] = []
  while (progress.trainedMs < totalMs) {
    const started = performance.now()
    const share = progress.trainedMs / totalMs
    const learningRate = learningRateAt(progress.step, share)
    const objective = { kind: 'supervised', learningRate, valueLearningRate: 0 } as const
    const { loss, tokenCount } = await engine.update(batches.next(knobsAt(share)), objective, neverStopped)
    recent.push(loss)
    progress = {
      step: progress.step + 1,
      nextExample: batches.nextExample,
      trainedMs: progress.trainedMs + performance.now() - started,
      completionTokens: progress.completionTokens + tokenCount,
      lossCurve: progress.lossCurve,
    }
    if (progress.trainedMs - shownMs >= CURVE_STEP_MS) {
      progress = { ...progress, lossCurve: [...progress.lossCurve, curvePoint(progress, recent)] }
      shownMs = progress.trainedMs
      recent = []
      report(progress)
    }
    if (progress.trainedMs - savedMs >= TRAINING.checkpointMinutes * 60_000) {
      savedMs = progress.trainedMs
      await saveCheckpoint(engine, checkpoint, progress)
    }
  }
  await saveCheckpoint(engine, checkpoint, progress)
  return progress
}

/** Rises over the first steps, then falls along a cosine over the training time (`share`, 0..1). */
export function learningRateAt(step: number, share: number): number {
  const warmUp = Math.min(1, (step + 1) / TRAINING.warmUpSteps)
  const cosine = TRAINING.lastRate + (1 - TRAINING.lastRate) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, share)))
  return TRAINING.learningRate * warmUp * cosine
}

/** The corpus at this share of the training time. */
function knobsAt(share: number): CorpusKnobs {
  return share < TRAINING.cleanShare ? { ...CORPUS_KNOBS, systematicShare: 0 } : CORPUS_KNOBS
}

function curvePoint({ trainedMs }: Progress, losses: readonly number[]): readonly [number, number] {
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length
  return [Math.round(trainedMs / 600) / 100, Math.round(mean * 1e4) / 1e4]
}

function report({ step, trainedMs, completionTokens, lossCurve }: Progress): void {
  const [minutes, loss] = lossCurve.at(-1)!
  const speed = Math.round(completionTokens / (trainedMs / 1000))
  console.error(`${minutes.toFixed(1)} min  step ${step}  loss ${loss.toFixed(4)}  ${speed} completion tokens/s`)
}

async function resumed(engine: OnnxEngine, checkpoint: string): Promise<Progress> {
  const file = join(checkpoint, 'progress.json')
  // Killed between the removal of the old checkpoint and the renaming of the new one, whose last file is this.
  if (!existsSync(checkpoint) && existsSync(join(besideOf(checkpoint), 'progress.json')))
    renameSync(besideOf(checkpoint), checkpoint)
  if (!existsSync(file)) return START
  await engine.load(checkpoint)
  const progress = JSON.parse(readFileSync(file, 'utf8')) as Progress
  console.error(`going on from ${(progress.trainedMs / 60_000).toFixed(1)} min, step ${progress.step}`)
  return progress
}

const besideOf = (checkpoint: string): string => `${checkpoint}.new`

/** Written beside and renamed into place. */
async function saveCheckpoint(engine: OnnxEngine, checkpoint: string, progress: Progress): Promise<void> {
  const beside = besideOf(checkpoint)
  rmSync(beside, { recursive: true, force: true })
  mkdirSync(beside, { recursive: true })
  await engine.save(beside)
  writeFileSync(join(beside, 'progress.json'), JSON.stringify(progress))
  rmSync(checkpoint, { recursive: true, force: true })
  renameSync(beside, checkpoint)
}

function writeModel(folder: string, base: string, config: ModelConfig, engine: OnnxEngine): void {
  mkdirSync(folder, { recursive: true })
  for (const file of ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja']) {
    writeFileSync(join(folder, file), readFileSync(join(base, file)))
  }
  writeConfigs(folder, config)
  writeTensors(join(folder, 'model.safetensors'), floatsOf(engine.weights), 'F16')
}

function writeConfigs(folder: string, config: ModelConfig): void {
  writeJson(join(folder, 'config.json'), modelConfigJson(config, SPECIAL_IDS))
  const { pad, bos, eos } = SPECIAL_IDS
  writeJson(join(folder, 'generation_config.json'), {
    bos_token_id: bos,
    eos_token_id: eos,
    pad_token_id: pad,
    do_sample: true,
    temperature: 1,
  })
}

function writeRecord(settings: BuildSettings, config: ModelConfig, progress: Progress, evaluation: Evaluation): void {
  const record = {
    madeBy: 'npm run starter:build',
    seed: settings.seed,
    minutes: Math.round(progress.trainedMs / 6000) / 10,
    threads: settings.threads,
    steps: progress.step,
    examples: progress.nextExample,
    completionTokens: progress.completionTokens,
    shape: config,
    training: TRAINING,
    tokenizer: TOKENIZER_SETTINGS,
    corpus: { ...CORPUS_KNOBS, systematicMistakes: SYSTEMATIC_MISTAKES },
    evaluation,
    /** [minutes, mean loss in nats per completion token] */
    lossCurve: progress.lossCurve,
  }
  writeJson(join(settings.modelFolder, 'training.json'), record)
  writeFileSync(join(settings.modelFolder, 'README.md'), modelCard(record))
}

function writeJson(file: string, content: object): void {
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`)
}
