/** A run's checkpoints as folders for others: which one is taken, and that nothing is overwritten or left half. */
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ExportRequest } from '#contract/model-export'
import type { RunConfig } from '#contract/run-config'
import { aConfig, aJournal } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_SETTINGS } from '#test/support/tiny-llama'
import { aTrainedRun } from '#test/support/trained-run'
import { saveCheckpoint } from '#trainer/checkpoint/checkpoint'
import { exportModel } from '#trainer/commands/export-model'

interface Run {
  readonly config: RunConfig
  readonly runDirectory: string
  readonly out: string
}

/** A run with checkpoints of steps 2 and 4, the later one with another adapter. */
async function aRun(lora: RunConfig['lora'] = TINY_SETTINGS.lora): Promise<Run> {
  const runDirectory = temporaryFolder()
  const { modelFolder, engine } = await aTrainedRun(lora)
  for (const step of [2, 4]) {
    await saveCheckpoint(runDirectory, step === 2 ? engine : (await aTrainedRun(lora, 12)).engine, { step })
  }
  const names = [2, 4].map((step) => ({ type: 'checkpoint.saved', step, directory: `checkpoints/step-00000${step}` }) as const)
  writeFileSync(
    join(runDirectory, 'journal.jsonl'),
    aJournal(names)
      .map((event) => `${JSON.stringify(event)}\n`)
      .join(''),
  )
  return {
    config: { ...aConfig(), engine: 'onnx', model: modelFolder, lora },
    runDirectory,
    out: join(temporaryFolder(), 'new', 'out'),
  }
}

const PLAIN = { format: 'adapter', step: null, dtype: 'float32', lengthTokens: 8 } as const

function exported({ config, runDirectory, out }: Run, request: Partial<ExportRequest> = {}): ReturnType<typeof exportModel> {
  return exportModel({ config, runDirectory, request: { ...PLAIN, out, ...request } })
}

const adapterOf = (folder: string): Buffer => readFileSync(join(folder, 'adapter_model.safetensors'))

describe('an export', () => {
  test('takes the newest checkpoint, or that of the step that is named', async () => {
    const run = await aRun()
    expect((await exported(run)).step).toBe(4)
    expect(adapterOf(run.out)).toEqual(adapterOf(join(run.runDirectory, 'checkpoints/step-000004')))
    const out = join(temporaryFolder(), 'second')
    expect((await exported(run, { step: 2, out })).step).toBe(2)
    expect(adapterOf(out)).toEqual(adapterOf(join(run.runDirectory, 'checkpoints/step-000002')))
    await expect(exported(run, { step: 3, out: `${out}-3` })).rejects.toThrow(
      'has no checkpoint of step 3; it has those of 2, 4.',
    )
  })

  test.each([
    ['adapter', ['README.md', 'adapter_config.json', 'adapter_model.safetensors']],
    ['merged', ['README.md', 'config.json', 'model.safetensors']],
    ['onnx', ['README.md', 'config.json', 'model.onnx', 'model.onnx_data']],
  ] as const)('as %s has its files and a card, and leaves nothing beside them', async (format, names) => {
    const run = await aRun()
    const report = await exported(run, { format })
    expect(report.files.map(({ name }) => name).sort()).toEqual(names)
    expect(readdirSync(run.out).sort()).toEqual(names)
    expect(readdirSync(join(run.out, '..'))).toEqual(['out'])
    const card = readFileSync(join(run.out, 'README.md'), 'utf8')
    expect(card).toContain('step 4')
    expect(card).toContain('## Licence')
    // A card is for others: it tells no folder of this machine.
    expect(card).not.toContain(run.config.model)
  })

  test('never overwrites: a folder with a file in it stays as it was, an empty one is used', async () => {
    const run = await aRun()
    mkdirSync(run.out, { recursive: true })
    await exported(run)
    const before = readdirSync(run.out)
    await expect(exported(run)).rejects.toMatchObject({ code: 'export.occupied' })
    expect(readdirSync(run.out)).toEqual(before)
  })

  test('that fails leaves nothing', async () => {
    const run = await aRun()
    truncateSync(join(run.runDirectory, 'checkpoints/step-000004/adapter_model.safetensors'), 5000)
    for (const format of ['adapter', 'merged', 'onnx'] as const) {
      await expect(exported(run, { format })).rejects.toThrow('adapter_model.safetensors')
    }
    expect(readdirSync(join(run.out, '..'))).toEqual([])
  })

  test('that cannot be is refused with the reason', async () => {
    const run = await aRun(null)
    await expect(exported(run)).rejects.toThrow('trained all weights and has no adapter; export it as merged.')
    await expect(exported(run, { format: 'onnx', dtype: 'float16' })).rejects.toThrow(
      'Only a merged model can be written in float16',
    )
    await expect(exported({ ...run, config: { ...run.config, engine: 'fake' } }, { format: 'merged' })).rejects.toThrow(
      'the fake engine',
    )
    await expect(exported(run, { format: 'merged', out: join(run.runDirectory, 'journal.jsonl', 'out') })).rejects.toThrow(
      'cannot be written: a part of its path is a file.',
    )
    writeFileSync(join(run.runDirectory, 'journal.jsonl'), '')
    await expect(exported(run, { format: 'merged' })).rejects.toMatchObject({ code: 'run.no-checkpoint' })
  })

  test('of all trained weights is a whole model', async () => {
    const run = await aRun(null)
    await exported(run, { format: 'merged' })
    expect(readFileSync(join(run.out, 'README.md'), 'utf8')).toContain('all weights were trained')
  })
})
