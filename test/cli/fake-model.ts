/** A model folder that the fake engine and the tokenizer can read. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TOKENIZER_SETTINGS, trainTokenizer } from '#trainer/starter/train-tokenizer'
import { CORPUS_KNOBS } from '#trainer/starter/corpus'

export function writeFakeModel(folder: string): string {
  mkdirSync(folder, { recursive: true })
  const vocabularySize = trainTokenizer(
    folder,
    { ...TOKENIZER_SETTINGS, exampleCount: 20, maxTokens: 400, minCount: 1 },
    CORPUS_KNOBS,
  )
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ vocab_size: vocabularySize }))
  return folder
}
