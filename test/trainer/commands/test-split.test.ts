/** The test tasks are for the end: nothing that trains, chooses or measures on the way may know them. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { journalEventSchema } from '#contract/journal'
import { RUN_FILES } from '#contract/run-directory'
import { taskSchema, type Task } from '#contract/task'
import { aConfig, REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeFakeModel } from '../../cli/fake-model.ts'

const SOURCES = join(REPOSITORY, 'src-main')

test('test tasks are read by an evaluation that asks for them, and for a person who looks at the data set', () => {
  const readers = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('read-tasks.ts'))
    .filter((name) => readFileSync(join(SOURCES, name), 'utf8').includes('readWholeDataset'))
    .map((name) => name.replaceAll('\\', '/'))
  expect(readers.sort()).toEqual(['trainer/commands/evaluate-policy.ts', 'trainer/commands/service.ts'])
})

const STARTER = readFileSync(join(REPOSITORY, 'resources/starter/tasks.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => taskSchema.parse(JSON.parse(line)))

interface Outcome {
  readonly metrics: unknown
  readonly rollouts: string
}

/** A run of two steps with evaluations, through the real trainer. */
function outcomeOf(tasks: readonly Task[]): Outcome {
  const home = temporaryFolder()
  const [directory, dataset] = [join(home, 'run'), join(home, 'tasks.jsonl')]
  mkdirSync(directory)
  writeFileSync(dataset, tasks.map((task) => JSON.stringify(task)).join('\n'))
  const base = aConfig()
  const config = aConfig({
    engine: 'fake',
    model: writeFakeModel(join(home, 'model')),
    dataset: { id: dataset, hash: '' },
    steps: 2,
    promptsPerStep: 2,
    groupSize: 4,
    minibatchSize: 8,
    checkpointEvery: 0,
    evaluation: { every: 1, taskCount: 4, samples: 1 },
    sampling: { ...base.sampling, maxCompletionTokens: 12 },
  })
  writeFileSync(join(directory, RUN_FILES.config), JSON.stringify(config))
  const { status, stderr } = spawnSync(process.execPath, [join(SOURCES, 'trainer/main.ts'), 'train', directory], {
    env: { ...process.env, VERITUNE_RESOURCES: join(REPOSITORY, 'resources') },
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([0, ''])
  const events = readFileSync(join(directory, RUN_FILES.journal), 'utf8').trimEnd().split('\n')
  const metrics = events.flatMap((line) => {
    const event = journalEventSchema.parse(JSON.parse(line))
    if (event.type !== 'step.finished' && event.type !== 'eval.finished') return []
    return [Object.entries(event.metrics).filter(([key]) => !/^(timing_s|perf|system)\//.test(key))]
  })
  const files = readdirSync(join(directory, RUN_FILES.rollouts)).sort()
  return { metrics, rollouts: files.map((file) => readFileSync(join(directory, RUN_FILES.rollouts, file), 'utf8')).join('') }
}

test('a run is the same, number for number, whatever the test tasks are, and whether there are any', () => {
  const others = STARTER.filter(({ split }) => split !== 'test')
  const [whole, without] = [outcomeOf(STARTER), outcomeOf(others)]
  expect((whole.metrics as unknown[]).length).toBe(2 + 3)
  expect(without).toEqual(whole)
  const inTest = STARTER.filter(({ split }) => split === 'test')
  for (const { id } of inTest) expect(whole.rollouts).not.toContain(`"${id}"`)
})
