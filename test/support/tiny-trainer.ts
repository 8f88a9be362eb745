/** A real trainer on a small Llama with the embedded engine: all of a run but its size. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { journalEventSchema, type JournalEvent } from '#contract/journal'
import type { RunConfig } from '#contract/run-config'
import { RUN_FILES } from '#contract/run-directory'
import { REPOSITORY } from '#test/support/run-builders'
import { TINY_CONFIG } from '#test/support/tiny-llama'
import { modelConfigJson } from '#trainer/engines/onnx/model/config'
import { initialWeights } from '#trainer/engines/onnx/model/weights'
import { writeTensors } from '#trainer/engines/onnx/safetensors-writer'
import { writeFakeModel } from '../cli/fake-model.ts'

/** A small Llama with a tokenizer of its size. */
export function writeTinyModel(folder: string): string {
  writeFakeModel(folder)
  const { vocab_size: vocabularySize } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as { vocab_size: number }
  const config = { ...TINY_CONFIG, vocabularySize, maxPositions: 512 }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(modelConfigJson(config, { bos: 1, eos: 2, pad: 0 })))
  writeTensors(join(folder, 'model.safetensors'), initialWeights(config, 1))
  return folder
}

/** The first tasks of the starter's splits: so few that a process has soon prepared them all. */
export function writeFewTasks(file: string, counts: Readonly<Record<string, number>> = { train: 3, validation: 2 }): string {
  const lines = readFileSync(join(REPOSITORY, 'resources/starter/tasks.jsonl'), 'utf8').trimEnd().split('\n')
  const few = Object.entries(counts).flatMap(([split, count]) =>
    lines.filter((line) => (JSON.parse(line) as { split: string }).split === split).slice(0, count),
  )
  writeFileSync(file, few.map((line) => `${line}\n`).join(''))
  return file
}

export interface Trainer {
  readonly process: ChildProcess
  /** Exit code and signal. */
  readonly ended: Promise<unknown[]>
}

export function writeRunDirectory(directory: string, config: RunConfig): string {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, RUN_FILES.config), JSON.stringify(config))
  return directory
}

export function startTrainer(directory: string): Trainer {
  const trainer = spawn(process.execPath, [join(REPOSITORY, 'src-main/trainer/main.ts'), 'train', directory], {
    env: { ...process.env, VERITUNE_RESOURCES: join(REPOSITORY, 'resources') },
    stdio: 'ignore',
  })
  onTestFinished(() => void trainer.kill('SIGKILL'))
  return { process: trainer, ended: once(trainer, 'exit') }
}

/** Its whole lines; none before the journal is there. */
export function journalOf(directory: string): JournalEvent[] {
  const file = join(directory, RUN_FILES.journal)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => journalEventSchema.parse(JSON.parse(line)))
}
