/** A process that saves a checkpoint of step 1 with a real engine and says, as one JSON line, what became of it. Takes a model, a run folder and an engine. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '#contract/failure'
import { saveCheckpoint } from '#trainer/checkpoint/checkpoint'
import { createEngine, type EngineName } from '#trainer/engines/create-engine'
import { TINY_SETTINGS } from '#test/support/tiny-llama'

export interface Saved {
  readonly code: string
  readonly message: string
  /** Names in the folder of checkpoints, and of the files of step 1. */
  readonly checkpoints: readonly string[]
  readonly stepFiles: readonly string[]
}

const [modelFolder, runDirectory, name = 'onnx'] = process.argv.slice(2) as [string, string, EngineName?]
const step = join(runDirectory, 'checkpoints/step-000001')
mkdirSync(step, { recursive: true })
writeFileSync(join(step, 'state.json'), '{"step":1}')
// Of rank 16 its moments and matrices take more than the room that the tests leave.
const engine = await createEngine(name, { ...TINY_SETTINGS, modelFolder, lora: { rank: 16, alpha: 16, dropout: 0 } })
let failure: { code: string; message: string } = { code: 'none', message: '' }
try {
  await saveCheckpoint(runDirectory, engine, { step: 1 })
} catch (error) {
  failure = error instanceof Failure ? error : { code: 'bug', message: String(error) }
}
void engine.close()
const names = { checkpoints: readdirSync(join(runDirectory, 'checkpoints')), stepFiles: readdirSync(step) }
process.stdout.write(`${JSON.stringify({ code: failure.code, message: failure.message, ...names } satisfies Saved)}\n`)
