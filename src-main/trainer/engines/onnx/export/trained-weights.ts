/** The weights of a checkpoint as one model: base and adapter added up, or all weights where all were trained. One tensor at a time. */
import { readModelConfig, type ModelConfig } from '../model/config.ts'
import { addAdapter } from '../model/merge.ts'
import { linearLayers, weightShapes } from '../model/weights.ts'
import { readPeftAdapter } from '../peft.ts'
import { openWeights } from '../weights-folder.ts'

export interface TrainedWeights {
  readonly config: ModelConfig
  /** Name -> shape, in the order in which they are to be read. */
  readonly shapes: ReadonlyMap<string, readonly number[]>
  /** A fresh array. Throws Failure model.invalid. */
  read(name: string): Float32Array
  close(): void
}

/** Opens the files. Throws Failure model.missing-file, model.invalid, adapter.invalid. */
export function trainedWeights(modelFolder: string, checkpoint: string, hasAdapter: boolean): TrainedWeights {
  const config = readModelConfig(modelFolder)
  const shapes = weightShapes(config)
  if (!hasAdapter) {
    const { read, close } = openWeights(checkpoint, config)
    return { config, shapes, read, close }
  }
  const { lora, tensors } = readPeftAdapter(checkpoint, config)
  const layers = new Map(linearLayers(config).map(({ name }) => [`${name}.weight`, name]))
  const { read, close } = openWeights(modelFolder, config)
  const readMerged = (name: string): Float32Array => {
    const data = read(name)
    const layer = layers.get(name)
    if (layer !== undefined) addAdapter(data, layer, tensors, lora)
    return data
  }
  return { config, shapes, read: readMerged, close }
}
