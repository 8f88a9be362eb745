/** The weights of a model folder: which files hold them, and the tensors that a model of this shape needs. Nothing else is read. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { Failure } from '#contract/failure'
import type { ModelConfig } from './model/config.ts'
import { weightShapes, type Tensors } from './model/weights.ts'
import { SafetensorsFile, type StoredTensor } from './safetensors.ts'

const SINGLE = 'model.safetensors'
const INDEX = 'model.safetensors.index.json'
const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) })

/** Names of the files, in order. `index` is the file that names them; null where there is only one. */
export interface WeightFiles {
  readonly files: readonly string[]
  readonly index: string | null
}

/**
 * One model.safetensors, or else the shards of the index, in transformers' own order of preference. Reads no weights.
 * Throws Failure model.missing-file or model.invalid; the latter says how to convert what is not safetensors.
 */
export function findWeights(folder: string): WeightFiles {
  if (existsSync(join(folder, SINGLE))) return { files: [SINGLE], index: null }
  if (!existsSync(join(folder, INDEX))) throw withoutSafetensors(folder)
  const files = [...new Set(Object.values(readIndex(folder)))].sort()
  for (const file of files) {
    // A link is fine: that is how a download cache keeps them. A path is not: a model folder has no say over other folders.
    if (basename(file) !== file || /[\\/]/.test(file) || file === '..') {
      throw invalid(folder, `${INDEX} names "${file}", which is no file of the folder`, 'Get the index again from where it came.')
    }
    if (!existsSync(join(folder, file))) {
      throw new Failure('model.missing-file', { folder, file: `${file}, which ${INDEX} names` })
    }
  }
  return { files, index: INDEX }
}

/**
 * Every tensor of weightShapes(config) as float32; what the files hold beside them is passed over where it is known to be of no use.
 * Takes the memory of the result and one chunk of a file. Throws Failure model.missing-file or model.invalid.
 */
export function readWeights(folder: string, config: ModelConfig): Tensors {
  const opened = openWeights(folder, config)
  try {
    return new Map([...opened.tensors].map(([name, { shape }]) => [name, { shape, data: opened.read(name) }]))
  } finally {
    opened.close()
  }
}

export interface OpenWeights {
  /** Those of weightShapes(config), in the order in which they are read fastest. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** A fresh array. */
  read(name: string): Float32Array
  close(): void
}

/** For whoever needs one tensor at a time. Its headers have been read and found to fit the config; its numbers have not. */
export function openWeights(folder: string, config: ModelConfig): OpenWeights {
  const shapes = weightShapes(config)
  const files: SafetensorsFile[] = []
  const close = (): void => files.splice(0).forEach((file) => file.close())
  try {
    for (const name of findWeights(folder).files) files.push(new SafetensorsFile(join(folder, name)))
    checkNames(folder, shapes, files, config)
  } catch (error) {
    close()
    throw error
  }
  const fileOf = new Map(files.flatMap((file) => [...file.tensors.keys()].map((name) => [name, file])))
  const tensors = new Map(files.flatMap((file) => [...file.tensors].filter(([name]) => shapes.has(name))))
  const read = (name: string): Float32Array => fileOf.get(name)!.read(tensors.get(name)!)
  return { tensors, read, close }
}

function checkNames(
  folder: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  files: readonly SafetensorsFile[],
  config: ModelConfig,
): void {
  const stored = new Map(files.flatMap(({ tensors }) => [...tensors]))
  const together = 'The weights and config.json must be of one model.'
  for (const [name, shape] of shapes) {
    const tensor = stored.get(name)
    if (tensor === undefined) throw invalid(folder, `its weights have no tensor ${name}${hintFor(name)}`, together)
    if (tensor.shape.join() !== shape.join()) throw invalid(folder, disagreement(tensor, shape), together)
  }
  const stray = [...stored.keys()].find((name) => !shapes.has(name) && isOfModel(name, config))
  if (stray !== undefined) {
    const problem = `its weights have ${stray}, for which a model of this config.json has no place`
    throw invalid(folder, problem, together)
  }
}

function hintFor(name: string): string {
  return name === 'lm_head.weight' ? ', and config.json does not say tie_word_embeddings' : ''
}

/** In a layer that the model runs, and neither a table of positions nor a mask that old versions of transformers stored. */
function isOfModel(name: string, { layerCount }: ModelConfig): boolean {
  const layer = /^model\.layers\.(\d+)\./.exec(name)
  return layer !== null && Number(layer[1]) < layerCount && !/rotary_emb|masked_bias|causal_mask/.test(name)
}

function disagreement({ name, shape }: StoredTensor, expected: readonly number[]): string {
  const axis = expected.findIndex((extent, i) => shape[i] !== extent)
  const field = shape.length === expected.length ? configField(name, axis) : null
  const blame = field === null ? '' : `: ${field} in config.json is not what the weights were made with`
  return `${name} is [${shape.join(', ')}], not [${expected.join(', ')}]${blame}`
}

/** The field of config.json that says how long an axis of a tensor is. Linear layers are [outputs, inputs]. */
function configField(name: string, axis: number): string | null {
  const isBias = name.endsWith('.bias')
  if (/(embed_tokens|lm_head)\.weight$/.test(name)) return axis === 0 ? 'vocab_size' : 'hidden_size'
  if (/norm\.weight$/.test(name)) return 'hidden_size'
  const layer = /\.(q|k|v|o|gate|up|down)_proj\./.exec(name)?.[1]
  const [outputs, inputs] = LAYER_FIELDS[layer as keyof typeof LAYER_FIELDS] ?? [null, null]
  return isBias || axis === 0 ? outputs : inputs
}

const QUERIES = 'num_attention_heads or head_dim'
const KEYS = 'num_key_value_heads or head_dim'
const LAYER_FIELDS = {
  q: [QUERIES, 'hidden_size'],
  k: [KEYS, 'hidden_size'],
  v: [KEYS, 'hidden_size'],
  o: ['hidden_size', QUERIES],
  gate: ['intermediate_size', 'hidden_size'],
  up: ['intermediate_size', 'hidden_size'],
  down: ['hidden_size', 'intermediate_size'],
} as const

function readIndex(folder: string): Record<string, string> {
  try {
    return indexSchema.parse(JSON.parse(readFileSync(join(folder, INDEX), 'utf8'))).weight_map
  } catch (error) {
    throw invalid(folder, `${INDEX} is no index of shards`, 'Get the index again from where it came.', error)
  }
}

/** What stands there instead. */
function withoutSafetensors(folder: string): Failure {
  const names = existsSync(folder) ? readdirSync(folder).sort() : []
  const pickled = names.find(
    (name) => /\.(bin|pt|pth|ckpt)$/.test(name) && !/^(training_args|optimizer|scheduler|rng_state)/.test(name),
  )
  if (pickled !== undefined) {
    return invalid(
      folder,
      `its weights are pickled (${pickled}); reading such a file can run any program that stands in it`,
      'If you trust it, convert it in Python: from transformers import AutoModelForCausalLM; ' +
        `AutoModelForCausalLM.from_pretrained(${JSON.stringify(folder)}).save_pretrained(${JSON.stringify(folder)}, safe_serialization=True)`,
    )
  }
  const gguf = names.find((name) => name.endsWith('.gguf'))
  if (gguf !== undefined) {
    const remedy = 'Get the model that it was made from: a folder with config.json, tokenizer.json and .safetensors files.'
    return invalid(folder, `${gguf} is a file for inference with llama.cpp, which cannot be trained`, remedy)
  }
  return new Failure('model.missing-file', { folder, file: existsSync(join(folder, 'config.json')) ? SINGLE : 'config.json' })
}

function invalid(folder: string, problem: string, remedy: string, cause?: unknown): Failure {
  return new Failure('model.invalid', { folder, problem, remedy }, { cause })
}
