/** A checkpoint of a run as an adapter, a whole model or a graph, in a folder of its own. */
import { randomUUID } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Failure } from '#contract/failure'
import type { ExportReport } from '#contract/model-export'
import type { ExportOrder } from '#contract/service'
import { writeFolder } from '../checkpoint/whole-folder.ts'
import { writeMergedModel } from '../engines/onnx/export/merged.ts'
import { writeOnnxModel } from '../engines/onnx/export/onnx-model.ts'
import { trainedWeights } from '../engines/onnx/export/trained-weights.ts'
import { readModelConfig } from '../engines/onnx/model/config.ts'
import { PEFT_FILES, readPeftAdapter } from '../engines/onnx/peft.ts'
import { chosenCheckpoint } from './chosen-checkpoint.ts'
import { exportCard } from './export-card.ts'
import { modelFolder } from './paths.ts'

/**
 * The folder is whole when it is there; one that holds anything is left alone.
 * Throws Failure arguments.invalid, run.no-checkpoint, export.occupied, disk.full, and those of reading model and adapter.
 */
export async function exportModel(order: ExportOrder): Promise<ExportReport> {
  const { config, runDirectory, request } = order
  const { out, format } = request
  refuseImpossible(order)
  refuseOccupied(out)
  const checkpoint = chosenCheckpoint(runDirectory, request.step ?? 'newest')
  const beside = join(dirname(out), `.veritune-${randomUUID()}.partial`)
  try {
    await writeFolder(out, beside, async (folder) => {
      await fill(folder, join(runDirectory, checkpoint.directory), order)
      writeFileSync(join(folder, 'README.md'), exportCard({ config, request, step: checkpoint.step }))
      // It may have taken minutes, in which somebody used the folder.
      refuseOccupied(out)
    })
  } catch (error) {
    throw unwritable(out, error)
  }
  const files = readdirSync(out).map((name) => ({ name, bytes: statSync(join(out, name)).size }))
  return { folder: out, format, step: checkpoint.step, files }
}

async function fill(folder: string, checkpoint: string, { config, request }: ExportOrder): Promise<void> {
  const base = modelFolder(config.model)
  if (request.format === 'adapter') {
    // Read, so that a damaged one is told here and not where it is used.
    readPeftAdapter(checkpoint, readModelConfig(base))
    for (const file of Object.values(PEFT_FILES)) copyFileSync(join(checkpoint, file), join(folder, file))
    return
  }
  const weights = trainedWeights(base, checkpoint, config.lora !== null)
  try {
    if (request.format === 'merged') await writeMergedModel(folder, weights, { modelFolder: base, dtype: request.dtype })
    else await writeOnnxModel(folder, weights, { modelFolder: base, lengthTokens: request.lengthTokens })
  } finally {
    weights.close()
  }
}

function refuseImpossible({ config, runDirectory, request }: ExportOrder): void {
  const refuse = (problem: string): never => {
    throw new Failure('arguments.invalid', { problem })
  }
  const run = basename(runDirectory)
  if (config.engine === 'fake') refuse(`The run "${run}" used the fake engine, which trains no model.`)
  if (request.format === 'adapter' && config.lora === null) {
    refuse(`The run "${run}" trained all weights and has no adapter; export it as merged.`)
  }
  if (request.format !== 'merged' && request.dtype !== 'float32') {
    refuse(`Only a merged model can be written in ${request.dtype}; ${request.format} is float32.`)
  }
}

function refuseOccupied(folder: string): void {
  if (!existsSync(folder)) return
  const isEmptyFolder = statSync(folder).isDirectory() && readdirSync(folder).length === 0
  if (!isEmptyFolder) throw new Failure('export.occupied', { folder })
}

/** Why a folder cannot be made. */
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no folder can be made there',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'nothing can be written on that disk',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a part of its path is a file',
}

function unwritable(folder: string, error: unknown): unknown {
  const { code = '', syscall = '' } = error as NodeJS.ErrnoException
  const problem = WORDS[code]
  if (!['mkdir', 'rename'].includes(syscall) || problem === undefined) return error
  return new Failure('arguments.invalid', { problem: `${folder} cannot be written: ${problem}.` }, { cause: error })
}
