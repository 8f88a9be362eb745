/** The base of a model as it is kept in memory: float32, halves or 4 bits, see model/stored-weights.ts. */
import { Failure } from '#contract/failure'
import type { BaseStorage, EngineSettings } from '../engine.ts'
import type { ModelConfig } from './model/config.ts'
import { BLOCK, int4Shapes, scalesName, storedTypes } from './model/stored-weights.ts'
import { linearLayers, type BaseTensors, type Tensor, type Tensors } from './model/weights.ts'
import { quantize } from './quantize.ts'
import { openWeights } from './weights-folder.ts'

type Choice = Pick<EngineSettings, 'baseStorage' | 'lora' | 'device'>

/** Before anything is loaded. Throws Failure config.invalid where the base cannot be stored as the settings say. */
export function assertStorage(config: ModelConfig, choice: Choice): void {
  const found = storageProblem(config, choice)
  if (found !== null) throw new Failure('config.invalid', { field: 'baseStorage', ...found })
}

/** null: the base can be stored so. */
export function storageProblem(
  config: ModelConfig,
  { baseStorage = 'float32', lora, device = 'cpu' }: Choice,
): { readonly problem: string; readonly remedy: string } | null {
  if (baseStorage === 'float32') return null
  if (lora === null) {
    const problem = `is ${baseStorage}, in which all weights cannot be trained`
    return { problem, remedy: 'Set it to float32, or train an adapter (lora).' }
  }
  if (device !== 'cpu') {
    const problem = `is ${baseStorage}, with which the device ${device} does not train`
    return { problem, remedy: 'Set it to float32, or set device to cpu.' }
  }
  const odd = linearLayers(config).find(({ inputs, outputs }) => baseStorage === 'int4' && (inputs * outputs) % BLOCK !== 0)
  if (odd === undefined) return null
  return {
    problem: `is int4, which cuts matrices into blocks of ${BLOCK} weights; ${odd.name} of this model is ${odd.outputs} x ${odd.inputs}`,
    remedy: 'Set it to float16 or float32, or choose a model with even widths.',
  }
}

/**
 * The weights of a folder, each stored as soon as it is read: takes the memory of the result, one tensor as float32 and one chunk of a file.
 * Throws Failure model.missing-file or model.invalid.
 */
export function readBase(folder: string, config: ModelConfig, storage: BaseStorage): BaseTensors {
  const opened = openWeights(folder, config)
  const types = storedTypes(config, storage)
  try {
    const read = [...opened.tensors].map(([name, { shape }]) => {
      return stored(name, { shape, data: opened.read(name) }, types.get(name), folder)
    })
    return new Map(read.flat())
  } finally {
    opened.close()
  }
}

/** The same of weights that are there. */
export function storeBase(weights: Tensors, config: ModelConfig, storage: BaseStorage): BaseTensors {
  const types = storedTypes(config, storage)
  return new Map([...weights].flatMap(([name, tensor]) => stored(name, tensor, types.get(name), 'memory')))
}

type Entries = [string, BaseTensors extends Map<string, infer T> ? T : never][]

function stored(name: string, { shape, data }: Tensor, type: 'float16' | 'int4' | undefined, folder: string): Entries {
  if (type === undefined) return [[name, { shape, data }]]
  if (type === 'float16') return [[name, { shape, data: halves(name, data, folder) }]]
  const shapes = int4Shapes(shape)
  const levels = { shape: shapes.levels, data: new Uint8Array(data.length / 2) }
  const scales = { shape: shapes.scales, data: new Float32Array(data.length / BLOCK) }
  quantize(data, levels.data, scales.data)
  return [
    [name, levels],
    [scalesName(name), scales],
  ]
}

const HALF_INFINITY = 0x7c00

/** Bits of the nearest halves, ties to even. */
function halves(name: string, data: Float32Array, folder: string): Uint16Array {
  const bits = new Uint16Array(new Float16Array(data).buffer)
  const place = bits.findIndex((word) => (word & 0x7fff) === HALF_INFINITY)
  if (place < 0) return bits
  throw new Failure('model.invalid', {
    folder,
    problem: `${name} holds ${data[place]}, which float16 cannot hold (its largest number is 65504)`,
    remedy: 'Set baseStorage to float32.',
  })
}
