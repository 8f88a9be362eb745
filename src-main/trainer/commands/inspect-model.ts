/** What a model folder is and needs, from its small files and the headers of its weights: nothing is loaded. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '#contract/failure'
import { modelSourceSchema } from '#contract/model-download'
import type { MemoryReport, ModelInspection, ModelProblem } from '#contract/model-inspection'
import type { RunConfig } from '#contract/run-config'
import { MIN_ANSWER_TOKENS } from '../1-tasks/prompts.ts'
import { readDataset } from '../1-tasks/read-tasks.ts'
import { readModelConfig, type ModelConfig } from '../engines/onnx/model/config.ts'
import { parameterCount } from '../engines/onnx/model/weights.ts'
import { SafetensorsFile, type StoredTensor } from '../engines/onnx/safetensors.ts'
import { assertStorage } from '../engines/onnx/stored-base.ts'
import { findWeights, openWeights } from '../engines/onnx/weights-folder.ts'
import { WEIGHT_BYTES } from '../engines/onnx/widen.ts'
import { readGpus } from '../gpu/read-gpus.ts'
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer.ts'
import { datasetFile, modelFolder } from './paths.ts'
import { longestPrompt, memoryReport } from './run-memory.ts'
import { torchReport, torchRoom } from './torch-memory.ts'

/** Above this the embedded engine is slow on a CPU; source: the lab notes on the engine. */
const LARGEST_PARAMETERS = 500e6
/** Stands for prompts that cannot be counted. */
const GUESSED_PROMPT_TOKENS = 512

/** `config.model` is the folder. Throws Failure model.missing-file when there is no config.json, for then it is no model folder. */
export async function inspectModel(config: RunConfig): Promise<ModelInspection> {
  const folder = modelFolder(config.model)
  const problems: ModelProblem[] = []
  const described = describe(readJson(folder, 'config.json'))
  const model = attempt(problems, () => readModelConfig(folder))
  const weights = attempt(problems, () => storedWeights(folder))
  if (model !== null && weights !== null) attempt(problems, () => checkWeights(folder, model))
  if (model !== null) attempt(problems, () => assertStorage(model, config))
  const tokenizer = attempt(problems, () => loadTokenizer(folder))
  const parameters = weights?.parameters ?? (model === null ? null : parameterCount(model))
  return {
    folder,
    architecture: described.architecture,
    modelType: described.modelType,
    parameterCount: parameters,
    dtypes: weights?.dtypes ?? [],
    shards: weights?.shards ?? [],
    contextLength: described.contextLength,
    tokenizer: tokenizer && { vocabularySize: tokenizer.vocabularySize, endTokens: tokenizer.endTokens },
    hasChatTemplate: hasChatTemplate(folder),
    source: readSource(folder),
    problems,
    memory: model === null ? null : await memoryOf(model, config, tokenizer),
    advice: adviceFor(parameters),
  }
}

/** What config.json says of a model of any kind. */
function describe(json: unknown): Pick<ModelInspection, 'architecture' | 'modelType' | 'contextLength'> {
  const fields = (typeof json === 'object' ? json : null) ?? {}
  const field = (name: string): unknown => (fields as Record<string, unknown>)[name]
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  const [architectures, length] = [field('architectures'), field('max_position_embeddings')]
  return {
    architecture: Array.isArray(architectures) ? text(architectures[0]) : null,
    modelType: text(field('model_type')),
    contextLength: typeof length === 'number' ? length : null,
  }
}

async function memoryOf(model: ModelConfig, config: RunConfig, tokenizer: Tokenizer | null): Promise<MemoryReport> {
  const limit = model.maxPositions - MIN_ANSWER_TOKENS
  const counted = tokenizer === null ? 0 : await promptsOf(config, tokenizer, limit)
  const tokens = counted > 0 ? counted : Math.min(GUESSED_PROMPT_TOKENS, limit)
  const prompt = { tokens, isMeasured: counted > 0 }
  return config.engine === 'torch'
    ? torchReport(model, config, prompt, torchRoom(config.torch, await readGpus()))
    : memoryReport(model, config, prompt)
}

async function promptsOf({ dataset }: RunConfig, tokenizer: Tokenizer, limitTokens: number): Promise<number> {
  try {
    const { tasks } = await readDataset(datasetFile(dataset.id))
    return longestPrompt([...tasks.train, ...tasks.validation], tokenizer, limitTokens)
  } catch (error) {
    // A data set that cannot be read is another matter than the model.
    if (error instanceof Failure) return 0
    throw error
  }
}

/** What the part throws as a Failure becomes a problem. */
function attempt<T>(problems: ModelProblem[], read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    problems.push({ message: error.message.replace(/[.]?$/, '.'), remedy: error.remedy })
    return null
  }
}

interface StoredWeights {
  readonly shards: readonly { readonly file: string; readonly bytes: number }[]
  readonly dtypes: readonly string[]
  readonly parameters: number
}

/** From the files' headers. Throws Failure model.missing-file or model.invalid. */
function storedWeights(folder: string): StoredWeights {
  const tensors: StoredTensor[] = []
  const shards = findWeights(folder).files.map((file) => {
    const opened = new SafetensorsFile(join(folder, file))
    opened.close()
    tensors.push(...opened.tensors.values())
    return { file, bytes: statSync(join(folder, file)).size }
  })
  return {
    shards,
    dtypes: [...new Set(tensors.map(({ dtype }) => dtype))].toSorted(),
    parameters: tensors.reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0),
  }
}

/** Throws Failure model.invalid where the weights are not those of the config, or of a type that cannot be read. */
function checkWeights(folder: string, model: ModelConfig): void {
  const opened = openWeights(folder, model)
  opened.close()
  const other = [...opened.tensors.values()].find(({ dtype }) => !Object.hasOwn(WEIGHT_BYTES, dtype))
  if (other === undefined) return
  throw new Failure('model.invalid', {
    folder,
    problem: `tensor ${other.name} is stored as ${other.dtype}`,
    remedy: `Get the model in ${Object.keys(WEIGHT_BYTES).join(', ')}, not a quantised one.`,
  })
}

function hasChatTemplate(folder: string): boolean {
  if (existsSync(join(folder, 'chat_template.jinja'))) return true
  const file = join(folder, 'tokenizer_config.json')
  return existsSync(file) && /"chat_template"\s*:\s*["[]/.test(readFileSync(file, 'utf8'))
}

function readSource(folder: string): ModelInspection['source'] {
  if (!existsSync(join(folder, 'source.json'))) return null
  const parsed = modelSourceSchema.safeParse(readJson(folder, 'source.json'))
  if (!parsed.success) return null
  const { origin, revision, licence } = parsed.data
  return { origin, revision, licence }
}

/** null when it is not JSON: readModelConfig says so. */
function readJson(folder: string, file: string): unknown {
  let text: string
  try {
    text = readFileSync(join(folder, file), 'utf8')
  } catch (error) {
    throw new Failure('model.missing-file', { folder, file }, { cause: error })
  }
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

function adviceFor(parameters: number | null): string[] {
  if (parameters === null || parameters <= LARGEST_PARAMETERS) return []
  return [
    'The embedded engine is meant for models up to about 500 M parameters on a CPU; a step of a larger one takes minutes to hours.',
  ]
}
