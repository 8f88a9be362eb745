/**
 * The trainer as a desktop package carries it: the bundle, the packages that stay outside it, and the resources, in a folder of their own.
 * Nothing of the checkout is within reach; plain Node runs it.
 */
import { spawn } from 'node:child_process'
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DoctorCheck } from '#contract/api'
import { journalEventSchema, type JournalEvent } from '#contract/journal'
import type { RunConfig } from '#contract/run-config'
import { RUN_FILES, stepName } from '#contract/run-directory'
import { aConfig, REPOSITORY } from '#test/support/run-builders'
import { buildTrainer, TRAINER_PACKAGES } from '../../scripts/build-trainer.mjs'

/** They fetch binaries while npm installs, and do nothing afterwards. */
const INSTALLERS = ['adm-zip', 'global-agent']

const folder = mkdtempSync(join(tmpdir(), 'veritune-package-'))

beforeAll(async () => {
  await buildTrainer(join(folder, 'trainer'))
  for (const name of withDependencies(TRAINER_PACKAGES)) bringPackage(name)
  bring(join(REPOSITORY, 'resources'), join(folder, 'resources'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

function withDependencies(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const file = join(REPOSITORY, 'node_modules', name, 'package.json')
    const { dependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as { dependencies?: Record<string, string> }
    return [name, ...withDependencies(Object.keys(dependencies).filter((dependency) => !INSTALLERS.includes(dependency)))]
  })
}

/** Without the binaries of other platforms. */
function bringPackage(name: string): void {
  const own = `${process.platform}/${process.arch}/`
  const isForeign = (file: string): boolean => /^bin\/napi-v\d+\//.test(file) && !file.includes(own)
  bring(join(REPOSITORY, 'node_modules', name), join(folder, 'node_modules', name), isForeign)
}

function bring(from: string, to: string, isLeftOut: (file: string) => boolean = () => false): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    const file = relative(from, join(entry.parentPath, entry.name))
    if (entry.isFile() && !isLeftOut(file.replaceAll('\\', '/'))) linkOrCopy(join(from, file), join(to, file))
  }
}

/** A second name where the disk allows it, else a copy: either way Node finds the file in its new folder alone. */
function linkOrCopy(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true })
  try {
    linkSync(source, target)
  } catch {
    copyFileSync(source, target)
  }
}

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The bundle under this Node, which is a plain one, with a working folder outside the checkout. */
function runTrainer(args: readonly string[]): Promise<Ended> {
  const { NODE_PATH: _path, NODE_OPTIONS: _options, ...environment } = process.env
  const child = spawn(process.execPath, [join(folder, 'trainer/main.js'), ...args], {
    cwd: folder,
    env: { ...environment, VERITUNE_RESOURCES: join(folder, 'resources') },
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

  test('refuses what it does not know in one sentence', async () => {
    const { code, stdout, stderr } = await runTrainer(['trian'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^The trainer knows train, service, doctor, .*, not "trian"\. .*\n$/)
  })
})
