/** A workbench with a host: a real sshd on the loopback, and a folder that is the host's. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, vi } from 'vitest'
import type { RunDetail } from '#contract/api'
import type { JournalEvent } from '#contract/journal'
import { RUN_FILES } from '#contract/run-directory'
import { isAlive } from '#launch/is-alive'
import { Hosts } from '#remote/hosts'
import { BOX, startSshd, type Sshd } from '#test/support/loopback-sshd'
import { REPOSITORY } from '#test/support/run-builders'
import { journalOf, writeFewTasks } from '#test/support/tiny-trainer'
import type { Workbench } from '#workbench/answer-call'
import { checkoutLocations } from '#workbench/locations'
import { createWorkbench, type WorkbenchOptions } from '#workbench/workbench'
import { buildTrainer } from '../../scripts/build-trainer.mjs'
import { writeFakeModel } from '../cli/fake-model.ts'

const PATIENCE_MS = 90_000

export interface Surroundings {
  readonly sshd: Sshd
  /** The host's. */
  readonly there: string
  readonly options: Omit<WorkbenchOptions, 'home'>
  /** Of the run over there. */
  directory(id: string): string
  /** Settings of a run of the fake engine with a model and tasks of its own. */
  readonly overrides: Readonly<Record<string, unknown>>
}

/** Built once for a test file. `isThere` false: nothing is made, and the tests are skipped. */
export function remoteSurroundings(isThere: boolean): Surroundings {
  const made = {} as { -readonly [K in keyof Surroundings]: Surroundings[K] }
  const folder = mkdtempSync(join(tmpdir(), 'veritune-remote-'))
  beforeAll(async () => {
    if (!isThere) return
    await buildTrainer(join(folder, 'built'))
    made.sshd = await startSshd()
    vi.stubEnv('VERITUNE_SSH', made.sshd.program)
    made.there = join(folder, 'there')
    made.options = { ...checkoutLocations(REPOSITORY), bundlePath: join(folder, 'built'), sourcesPath: null }
    made.directory = (id) => join(made.there, 'runs', id)
    writeFakeModel(join(folder, 'model'))
    made.overrides = {
      engine: 'fake',
      model: join(folder, 'model'),
      'dataset.id': writeFewTasks(join(folder, 'tasks.jsonl')),
      promptsPerStep: 2,
      groupSize: 4,
      minibatchSize: 8,
      checkpointEvery: 2,
      'evaluation.taskCount': 2,
      'evaluation.every': 5,
      'evaluation.samples': 1,
      'sampling.maxCompletionTokens': 12,
    }
  }, 120_000)
  afterAll(async () => {
    vi.unstubAllEnvs()
    await made.sshd?.close()
    if (made.there !== undefined) killTrainers(join(made.there, 'runs'))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return made
}

/** Those of tests that failed go on. */
function killTrainers(runs: string): void {
  for (const id of existsSync(runs) ? readdirSync(runs) : []) {
    const lock = join(runs, id, RUN_FILES.lock)
    if (!existsSync(lock)) continue
    const { pid } = JSON.parse(readFileSync(lock, 'utf8')) as { pid: number }
    if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  }
}

export interface RemoteWorkbench {
  readonly workbench: Workbench
  readonly api: Workbench['api']
  create(changes?: Readonly<Record<string, unknown>>, host?: string): Promise<string>
  until(id: string, fits: (detail: RunDetail) => boolean): Promise<RunDetail>
}

export async function openRemote({ options, there, overrides }: Surroundings, home: string): Promise<RemoteWorkbench> {
  addBox(home, there)
  const workbench = await createWorkbench({ ...options, home })
  onTestFinished(() => workbench.close())
  const { api } = workbench
  return {
    workbench,
    api,
    create: async (changes = {}, host = BOX) =>
      (await api['runs.create']({ preset: 'starter-grpo', overrides: { ...overrides, ...changes } }, undefined, host)).id,
    until: (id, fits) =>
      patiently(async () => {
        const detail = await api['runs.get'](id)
        return fits(detail) ? detail : undefined
      }),
  }
}

export function addBox(home: string, folder: string): void {
  new Hosts(join(home, 'hosts.json'), () => new Date()).add({ name: BOX, folder, python: null })
}

export async function patiently<T>(find: () => T | undefined | Promise<T | undefined>, say = () => ''): Promise<T> {
  const start = performance.now()
  for (;;) {
    const found = await find()
    if (found !== undefined) return found
    if (performance.now() - start > PATIENCE_MS) throw new Error(`it did not come within ${PATIENCE_MS / 1000} s ${say()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export function stepsIn(directory: string): number[] {
  return journalOf(directory).flatMap((event: JournalEvent) => (event.type === 'step.finished' ? [event.step] : []))
}

/** Journal, log, rollouts and checkpoints here are those over there, byte for byte; and no number of an event is missing or doubled. */
export function expectSame(here: string, there: string): void {
  for (const name of [RUN_FILES.journal, RUN_FILES.log, RUN_FILES.environment])
    expect(readFileSync(join(here, name)).equals(readFileSync(join(there, name))), name).toBe(true)
  for (const folder of [RUN_FILES.rollouts, RUN_FILES.checkpoints]) {
    const files = filesIn(join(there, folder)).filter((file) =>
      folder === RUN_FILES.rollouts ? !file.endsWith(PARTIAL) : isNamed(there, file),
    )
    expect(filesIn(join(here, folder))).toEqual(files)
    for (const file of files)
      expect(readFileSync(join(here, folder, file)).equals(readFileSync(join(there, folder, file))), file).toBe(true)
  }
  const journal = journalOf(here)
  expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, i) => i + 1))
}

/** What a trainer that is killed may leave of the file that it was writing. */
const PARTIAL = '.partial'

/** A trainer that is killed may leave a checkpoint that its journal does not know. */
function isNamed(directory: string, file: string): boolean {
  const name = file.split('/')[0]!
  return journalOf(directory).some((event) => event.type === 'checkpoint.saved' && event.directory.endsWith(name))
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder, { recursive: true }) as string[]
  return names.filter((name) => statSync(join(folder, name)).isFile()).sort()
}

/** A host's folder of its own with what was brought to another one: programs are large. */
export function withPrograms({ there }: Surroundings, folder: string): string {
  cpSync(join(there, 'programs'), join(folder, 'programs'), { recursive: true })
  return folder
}
