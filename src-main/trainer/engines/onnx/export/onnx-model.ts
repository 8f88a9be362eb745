/**
 * A model as one ONNX graph with its weights beside it: `input_ids` [1, length] int64 -> `logits` [1, length, vocabulary] float32.
 *
 * Our graphs have fixed shapes, so the length is chosen when the graph is written. A shorter text is padded at its right with any token: attention
 * is causal, so that its own logits do not change; a longer one needs another export. There is no key and value cache. The fused operators
 * (SimplifiedLayerNormalization, RotaryEmbedding, FusedMatMul) are ONNX Runtime's own, so that the graph runs there and nowhere else.
 */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { Failure } from '#contract/failure'
import { failWhenFull, writeWhole } from '../full-disk.ts'
import { Graph, sizeOf } from '../graph/graph.ts'
import { serialize, type ExternalPlace } from '../graph/serialize.ts'
import type { ModelConfig } from '../model/config.ts'
import { causalAttention } from '../model/attention.ts'
import { declareModel, hiddenStates, logits, reshape } from '../model/llama.ts'
import { bytesOf } from '../safetensors-writer.ts'
import { copyModelFiles } from './model-files.ts'
import type { TrainedWeights } from './trained-weights.ts'

export const ONNX_FILES = { model: 'model.onnx', weights: 'model.onnx_data' } as const

/** Memory pages: tensors that begin at one can be mapped instead of read. */
const ALIGNMENT = 4096

export interface OnnxOptions {
  readonly modelFolder: string
  /** Tokens of `input_ids`. */
  readonly lengthTokens: number
}

/** Writes both files, and what goes with a model. Throws Failure arguments.invalid for a length beyond the model's context, disk.full and what reading the weights throws. */
export async function writeOnnxModel(folder: string, weights: TrainedWeights, options: OnnxOptions): Promise<void> {
  const { maxPositions } = weights.config
  const { lengthTokens: length, modelFolder } = options
  if (length > maxPositions) {
    throw new Failure('arguments.invalid', {
      problem: `The length ${length} is beyond the model's context of ${maxPositions} tokens.`,
    })
  }
  const places = placesOf(weights.shapes)
  await writeWeights(join(folder, ONNX_FILES.weights), weights, places)
  const bytes = serialize(wholeTextGraph(weights.config, length), places)
  writeFile(join(folder, ONNX_FILES.model), bytes)
  writeFile(join(folder, 'config.json'), readFileSync(join(modelFolder, 'config.json')))
  copyModelFiles(modelFolder, folder)
}

function writeFile(file: string, bytes: Uint8Array): void {
  failWhenFull(file, () => writeFileSync(file, bytes))
}

/** input_ids [1, length] -> logits [1, length, vocabulary]; the weights are inputs of their own names. */
function wholeTextGraph(config: ModelConfig, length: number): Graph {
  const graph = new Graph()
  const model = declareModel(graph, config, { adapter: null, isTrained: false, hasValueHead: false })
  const tokens = reshape(graph, graph.input('input_ids', [1, length], { dtype: 'int64' }), [length])
  const hidden = hiddenStates(graph, model, tokens, causalAttention(graph, config, { batch: 1, length }))
  graph.output('logits', reshape(graph, logits(graph, model, hidden), [1, length, config.vocabularySize]))
  return graph
}

function placesOf(shapes: TrainedWeights['shapes']): Map<string, ExternalPlace> {
  const places = new Map<string, ExternalPlace>()
  let end = 0
  for (const [name, shape] of shapes) {
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT
    const length = sizeOf(shape) * Float32Array.BYTES_PER_ELEMENT
    places.set(name, { file: ONNX_FILES.weights, offset, length })
    end = offset + length
  }
  return places
}

async function writeWeights(file: string, weights: TrainedWeights, places: ReadonlyMap<string, ExternalPlace>): Promise<void> {
  const handle = failWhenFull(file, () => openSync(file, 'w'))
  try {
    let end = 0
    for (const [name, { offset, length }] of places) {
      writeWhole(handle, new Uint8Array(offset - end), file)
      writeWhole(handle, bytesOf(weights.read(name)), file)
      end = offset + length
      await turn()
    }
  } finally {
    closeSync(handle)
  }
}
