/** A Hugging Face folder with the tiny random model, for tests that load one. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { modelConfigJson } from '#trainer/engines/onnx/model/config'
import { writeTensors } from '#trainer/engines/onnx/safetensors-writer'
import { aModelState, TINY_CONFIG } from '#test/support/tiny-llama'

export function writeTinyFolder(folder: string): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), JSON.stringify(modelConfigJson(TINY_CONFIG, { bos: 1, eos: 0, pad: 2 })))
  writeTensors(join(folder, 'model.safetensors'), aModelState(null, false).weights)
  return folder
}
