/**
 * The trainer as a desktop package carries it, by its recipe: the bundle, the packages that stay outside it, Node, Python sources and the resources, in a
 * folder of their own. Nothing of the checkout is within reach.
 */
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DoctorCheck } from '#contract/api'
import { journalEventSchema, type JournalEvent } from '#contract/journal'
import type { RunConfig } from '#contract/run-config'
import { RUN_FILES, stepName } from '#contract/run-directory'
import { bringResources, recipeFor } from '#test/support/package-folder'
import { aConfig } from '#test/support/run-builders'
import { buildTrainer } from '../../scripts/build-trainer.mjs'

const folder = mkdtempSync(join(tmpdir(), 'veritune-package-'))

beforeAll(async () => {
  await buildTrainer(join(folder, 'built'))
  bringResources(recipeFor(process.platform, process.arch), folder, { 'out/trainer': join(folder, 'built') })
})

afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The bundle under its own Node, with a working folder outside the checkout. */
function runTrainer(args: readonly string[], changes: Record<string, string> = {}): Promise<Ended> {
  const { NODE_PATH: _path, NODE_OPTIONS: _options, VERITUNE_NATIVE: _native, ...environment } = process.env
  const node = join(folder, process.platform === 'win32' ? 'node/node.exe' : 'node/node')
  const child = spawn(node, [join(folder, 'trainer/main.js'), ...args], {
    cwd: folder,
    env: { ...environment, VERITUNE_RESOURCES: join(folder, 'resources'), ...changes },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text) => (stdout += String(text)))
  child.stderr.on('data', (text) => (stderr += String(text)))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
}

function writeRunDirectory(name: string, changes: Partial<RunConfig>): string {
  const directory = join(folder, name)
  mkdirSync(directory)
  const base = aConfig()
  const config = aConfig({
    steps: 2,
    promptsPerStep: 2,
    groupSize: 4,
    minibatchSize: 8,
    microbatchSize: 8,
    checkpointEvery: 1,
    evaluation: { ...base.evaluation, taskCount: 2, every: 0, samples: 1 },
    sampling: { ...base.sampling, maxCompletionTokens: 24 },
    ...changes,
  })
  writeFileSync(join(directory, RUN_FILES.config), JSON.stringify(config))
  return directory
}

function journalOf(directory: string): JournalEvent[] {
  const lines = readFileSync(join(directory, RUN_FILES.journal), 'utf8').trimEnd().split('\n')
  return lines.map((line) => journalEventSchema.parse(JSON.parse(line)) as JournalEvent)
}

describe('the bundled trainer', () => {
  test('has its runtime, its tools and its tasks', async () => {
    const { code, stdout, stderr } = await runTrainer(['doctor'])
    expect([code, stderr]).toEqual([0, ''])
    const checks = JSON.parse(stdout) as DoctorCheck[]
    expect(checks.filter(({ state }) => state === 'bad')).toEqual([])
    expect(checks.filter(({ state }) => state === 'good').length).toBeGreaterThanOrEqual(4)
  })

  test.each(['fake', 'onnx'] as const)('takes a run directory of the %s engine to its end', async (engine) => {
    const directory = writeRunDirectory(`run-${engine}`, { engine, steps: engine === 'fake' ? 2 : 1 })
    const { code, stderr } = await runTrainer(['train', directory])
    expect([code, stderr]).toEqual([0, ''])
    const journal = journalOf(directory)
    expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, i) => i + 1))
    expect(journal.at(-1)).toMatchObject({ type: 'run.ended', outcome: 'finished' })
    const last = journal.findLast((event) => event.type === 'step.finished')!
    expect(last.metrics).toHaveProperty(['train/functional_rate'])
    expect(readdirSync(join(directory, RUN_FILES.checkpoints))).toContain(stepName(last.step))
  })

  test.skipIf(process.platform === 'win32')('gives Python the sources that it carries', async () => {
    const seen = join(folder, 'python-path')
    const python = join(folder, 'python')
    writeFileSync(python, `#!/bin/sh\nprintf %s "$PYTHONPATH" > ${seen}\nexit 1\n`)
    chmodSync(python, 0o755)
    await runTrainer(['train', writeRunDirectory('run-torch', { engine: 'torch' })], { VERITUNE_PYTHON: python })
    expect(readFileSync(seen, 'utf8').split(':')).toContain(join(folder, 'native'))
  })

  test('refuses what it does not know in one sentence', async () => {
    const { code, stdout, stderr } = await runTrainer(['trian'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^The trainer knows train, service, doctor, .*, not "trian"\. .*\n$/)
  })
})
