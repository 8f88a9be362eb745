/** Experiments from the command line, with the fake engine; everything else is real. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RunSummary } from '#contract/api'
import type { ExperimentState } from '#contract/experiment'
import { writeFakeModel } from '#test/cli/fake-model'
import { startVeritune, veritune } from '#test/cli/veritune-process'
import { temporaryFolder } from '#test/support/temporary-folder'

const PATIENCE_MS = 240_000

/** Two arms and one that follows; a run takes seconds. */
function writePlan(home: string): string {
  const overrides = {
    engine: 'fake',
    model: writeFakeModel(join(home, 'model')),
    'evaluation.taskCount': 2,
    'evaluation.every': 2,
    'evaluation.samples': 1,
    'sampling.maxCompletionTokens': 12,
    minibatchSize: 8,
    checkpointEvery: 1,
  }
  const file = join(home, 'plan.json')
  const plan = {
    schemaVersion: 1,
    name: 'small',
    title: 'Small',
    description: 'Three arms.',
    arms: [
      {
        name: 'grpo',
        title: 'GRPO',
        preset: 'starter-grpo',
        seeds: [1, 2],
        overrides: { ...overrides, promptsPerStep: 2, groupSize: 4 },
      },
      {
        name: 'rloo',
        title: 'RLOO',
        preset: 'starter-rloo',
        seeds: [1],
        overrides: { ...overrides, promptsPerStep: 4, groupSize: 2 },
      },
      {
        name: 'supervised',
        title: 'Supervised',
        preset: 'starter-grpo',
        seeds: [1],
        asLongAs: 'grpo',
        overrides: {
          ...overrides,
          'sampling.maxCompletionTokens': 300,
          steps: 5000,
          supervised: { steps: 5000, learningRate: 0.001 },
          'evaluation.every': 0,
          checkpointEvery: 0,
        },
      },
    ],
    budget: { rollouts: 32, tokens: null, seconds: null },
    evaluation: { taskCount: 3, samples: 1, draws: 1, seed: 1 },
  }
  writeFileSync(file, JSON.stringify(plan))
  return file
}

async function states(home: string): Promise<ExperimentState[]> {
  return JSON.parse((await veritune(home, ['experiments', '--json'])).stdout) as ExperimentState[]
}

describe('an experiment', () => {
  test(
    'trains all arms by equal budgets, though its driver and a trainer are killed, reads the test tasks once, and says who is ahead',
    async () => {
      const home = temporaryFolder()
      const driver = startVeritune(home, ['experiment', writePlan(home)])
      const id = /Experiment (\S+)/.exec(await driver.said('Experiment '))![1]!
      await driver.said(`${id}-01-grpo: finished`)
      driver.child.kill('SIGKILL')
      await driver.ended
      for (const run of await activeRuns(home)) process.kill(trainerOf(home, run), 'SIGKILL')

      const { code, stdout, stderr } = await veritune(home, ['experiment', id])
      expect([code, stderr]).toEqual([0, ''])
      const [state] = await states(home)
      const { report, runs, folder } = state!
      const { done, total, seconds } = state!.tested
      expect([state!.id, state!.phase, runs.length, done, total]).toEqual([id, 'finished', 4, 9, 9])
      expect(seconds).toBeGreaterThan(0)
      expect(Date.now() - Date.parse(state!.startedAt!)).toBeLessThan(PATIENCE_MS)
      expect(readdirSync(join(home, 'runs')).filter((name) => !name.startsWith('.'))).toHaveLength(4)
      const spent = report!.rows.filter(({ checkpoint }) => checkpoint === 'newest').map((row) => row.spent!)
      expect(spent.slice(0, 2).map(({ rollouts }) => rollouts)).toEqual([32, 32])
      expect(spent[2]!.rollouts).toBe(0)
      expect(spent[2]!.seconds).toBeGreaterThanOrEqual(spent[0]!.seconds)
      expect(spent[2]!.tokens).toBeGreaterThan(0)
      expect(report!.taskCount).toBe(3)
      expect(stdout).toContain(report!.verdicts[0])
      const files = ['curves.csv', 'curves.svg', 'evaluations', 'experiment.json', 'report.json', 'report.md']
      expect(readdirSync(folder).sort()).toEqual(files)
      expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain('| Supervised | last')
      expect(readFileSync(join(folder, 'curves.csv'), 'utf8').split('\n')[1]).toMatch(/^grpo,1,0,0\.0,/)
      // Nothing of the test tasks stands in a run's own journal.
      const journals = runs.map(({ run }) => readFileSync(join(home, 'runs', run, 'journal.jsonl'), 'utf8'))
      expect(journals.filter((text) => text.includes('"test/'))).toEqual([])

      // Again by its id: nothing is done twice.
      const again = await veritune(home, ['experiment', id])
      expect([again.code, again.stdout.includes(report!.verdicts[0]!)]).toEqual([0, true])
      expect((await states(home))[0]!.report).toEqual(report)
    },
    PATIENCE_MS,
  )

  test('that is not known, and a plan that is not whole, are refused in a sentence', async () => {
    const home = temporaryFolder()
    const unknown = await veritune(home, ['experiment', 'nothing'])
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('There is no plan of an experiment called "nothing".'),
    ])
    const file = join(home, 'bad.json')
    writeFileSync(file, JSON.stringify({ schemaVersion: 1, name: 'x', arms: [] }))
    const bad = await veritune(home, ['experiment', file])
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('is not valid')])
  })
})

async function activeRuns(home: string): Promise<string[]> {
  const runs = JSON.parse((await veritune(home, ['runs', '--json'])).stdout) as RunSummary[]
  return runs.filter(({ status }) => status === 'running').map(({ id }) => id)
}

function trainerOf(home: string, id: string): number {
  return (JSON.parse(readFileSync(join(home, 'runs', id, 'run.lock'), 'utf8')) as { pid: number }).pid
}
