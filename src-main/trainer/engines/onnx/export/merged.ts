/**
 * A whole model as a Hugging Face folder. Source: the layout that transformers' `save_pretrained` writes (one file, or shards with an index).
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { ExportType } from '#contract/export-formats'
import { writeJson } from '../full-disk.ts'
import { sizeOf } from '../graph/graph.ts'
import { STORED_BYTES, TensorFile, type StoredType, type TensorPlace } from '../safetensors-writer.ts'
import { copyModelFiles } from './model-files.ts'
import type { TrainedWeights } from './trained-weights.ts'

const STORED: Readonly<Record<ExportType, StoredType>> = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' }

/** Bytes of one file, as transformers cuts them. */
const SHARD_BYTES = 5_000_000_000

export interface MergedOptions {
  readonly modelFolder: string
  readonly dtype: ExportType
  readonly shardBytes?: number
}

/** Writes weights, config.json and what goes with a model. Throws Failure disk.full, model.invalid and what reading the weights throws. */
export async function writeMergedModel(folder: string, weights: TrainedWeights, options: MergedOptions): Promise<void> {
  const stored = STORED[options.dtype]
  const shards = shardsOf(weights.shapes, stored, options.shardBytes ?? SHARD_BYTES)
  const names = shards.map((_, i) => shardName(i, shards.length))
  for (const [i, shard] of shards.entries()) await writeShard(join(folder, names[i]!), shard, stored, weights)
  if (shards.length > 1) writeIndex(folder, shards, names, stored)
  const config = JSON.parse(readFileSync(join(options.modelFolder, 'config.json'), 'utf8')) as Record<string, unknown>
  // Two spellings: transformers before version 5 and since.
  writeJson(join(folder, 'config.json'), {
    ...config,
    torch_dtype: options.dtype,
    ...('dtype' in config && { dtype: options.dtype }),
  })
  copyModelFiles(options.modelFolder, folder)
}

/** Tensors in order, cut before the one that would pass the limit. */
function shardsOf(shapes: TrainedWeights['shapes'], stored: StoredType, limit: number): TensorPlace[][] {
  const shards: TensorPlace[][] = [[]]
  let bytes = 0
  for (const [name, shape] of shapes) {
    const size = sizeOf(shape) * STORED_BYTES[stored]
    if (bytes > 0 && bytes + size > limit) {
      shards.push([])
      bytes = 0
    }
    shards.at(-1)!.push({ name, shape })
    bytes += size
  }
  return shards
}

function shardName(index: number, count: number): string {
  const padded = (number: number): string => String(number).padStart(5, '0')
  return count === 1 ? 'model.safetensors' : `model-${padded(index + 1)}-of-${padded(count)}.safetensors`
}

async function writeShard(
  file: string,
  shard: readonly TensorPlace[],
  stored: StoredType,
  weights: TrainedWeights,
): Promise<void> {
  const writing = new TensorFile(file, shard, stored)
  try {
    for (const { name } of shard) {
      writing.write(weights.read(name))
      // Whoever exports may have others to answer.
      await turn()
    }
    writing.finish()
  } finally {
    writing.close()
  }
}

function writeIndex(
  folder: string,
  shards: readonly (readonly TensorPlace[])[],
  names: readonly string[],
  stored: StoredType,
): void {
  const total = shards.flat().reduce((sum, { shape }) => sum + sizeOf(shape) * STORED_BYTES[stored], 0)
  const map = shards.flatMap((shard, i) => shard.map(({ name }) => [name, names[i]!]))
  writeJson(join(folder, 'model.safetensors.index.json'), {
    metadata: { total_size: total },
    weight_map: Object.fromEntries(map) as object,
  })
}
