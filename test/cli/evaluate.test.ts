/** Evaluations from the command line, with the fake engine over real runs. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EvaluationReport } from '#contract/evaluation'
import { journalEventSchema } from '#contract/journal'
import { METRICS } from '#contract/metrics'
import { REPOSITORY } from '#test/support/run-builders'
import { writeFakeModel } from './fake-model.ts'
import { smallRun, veritune } from './veritune-process.ts'

/** Signs that stand beside each other nowhere, so that each is a token: more than the fake engine reads. */
const TOO_LONG = '~q^7'.repeat(1500)
const SMALL = ['--samples', '2', '--draws', '5']
let home: string
let model: string

/** One run of four steps with a checkpoint and an evaluation every two. */
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'veritune-test-'))
  model = writeFakeModel(join(home, 'model'))
  const args = ['train', ...smallRun(model), '--steps', '4', '--checkpoint-every', '2', '--name', 'one']
  const { status, stderr } = spawnSync(process.execPath, [join(REPOSITORY, 'scripts/veritune.mjs'), ...args], {
    env: { ...process.env, VERITUNE_HOME: home, NO_COLOR: '1' },
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([0, ''])
}, 120_000)
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Two validation tasks of the starter, and one or none whose prompt no model here can read. */
function tasksWithLong(fittingCount: number): string {
  const lines = readFileSync(join(REPOSITORY, 'resources/starter/tasks.jsonl'), 'utf8').trimEnd().split('\n')
  const tasks = lines.map((line) => JSON.parse(line) as { id: string; split: string; instruction: string })
  const of = (split: string): typeof tasks => tasks.filter((task) => task.split === split)
  const long = { ...of('validation').at(-1)!, id: 'endless', instruction: TOO_LONG }
  const file = join(home, `tasks-${fittingCount}.jsonl`)
  const chosen = [...of('train').slice(0, 2), ...of('validation').slice(0, fittingCount), long]
  writeFileSync(file, chosen.map((task) => `${JSON.stringify(task)}\n`).join(''))
  return file
}

async function report(args: readonly string[]): Promise<EvaluationReport> {
  const { code, stdout, stderr } = await veritune(home, ['eval', ...args, ...SMALL, '--json'])
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as EvaluationReport
}

describe('veritune eval', () => {
  test('of a run takes the newest checkpoint, the best by validation, or that of a step', async () => {
    const two = ['--tasks', '2']
    expect((await report(['--run', 'one', ...two])).step).toBe(4)
    expect((await report(['--run', 'one@2', ...two])).step).toBe(2)
    expect([2, 4]).toContain((await report(['--run', 'one@best', ...two])).step)
    const { code, stderr } = await veritune(home, ['eval', '--run', 'one@3', ...SMALL])
    expect(code).toBe(2)
    expect(stderr).toContain('has no checkpoint of step 3; it has those of 2, 4')
  })

  test('of a run has the paired gain over the model that it began with, measured alike', async () => {
    const { metrics, base, draws } = await report(['--run', 'one', '--tasks', '3'])
    expect(base?.model).toBe(model)
    expect(draws).toBe(5)
    for (const name of ['pass@1', 'pass@5', 'compile_rate', 'near_greedy/reasoning_rate']) {
      expect(metrics[`eval/${name}_gain`]).toBeCloseTo(metrics[`eval/${name}`]! - base!.metrics[`eval/${name}`]!, 12)
    }
    expect(Object.keys({ ...metrics, ...base!.metrics }).filter((key) => !(key in METRICS))).toEqual([])
  })

  test('of a model alone has no gain, and beside itself one of nothing', async () => {
    const one = ['--model', 'starter', '--tasks', '1']
    const alone = await report(one)
    expect([alone.base, alone.step]).toEqual([null, null])
    expect(Object.keys(alone.metrics).filter((key) => key.includes('_gain'))).toEqual([])
    const { metrics } = await report([...one, '--base', 'starter'])
    const gains = Object.entries(metrics).filter(([key]) => key.includes('_gain'))
    expect(gains.length).toBeGreaterThan(0)
    expect(gains.filter(([, gain]) => gain !== 0)).toEqual([])
  })

  test('leaves out a task whose prompt the model cannot read, by its name, and refuses a split of nothing else', async () => {
    const args = ['--run', 'one', '--dataset', tasksWithLong(2)]
    const { taskCount, tooLong, metrics } = await report(args)
    expect({ taskCount, tooLong }).toEqual({ taskCount: 2, tooLong: ['endless'] })
    expect(metrics['eval/task_count']).toBe(2)
    const { stdout } = await veritune(home, ['eval', ...args, ...SMALL])
    expect(stdout).toContain('Left out, as their prompts are too long for the model: 1 task (endless)')
    const { code, stderr } = await veritune(home, ['eval', '--run', 'one', '--dataset', tasksWithLong(0), ...SMALL])
    expect(code).toBe(2)
    expect(stderr).toContain('No validation task leaves the model room for an answer: it reads 4096 tokens at most.')
  })

  test('of test tasks stands under test/, with known and unseen families apart, and reads as a table', async () => {
    const { metrics, unseenFamilies } = await report(['--run', 'one', '--split', 'test', '--tasks', '12'])
    expect(Object.keys(metrics).filter((key) => !key.startsWith('test/'))).toEqual([])
    expect(metrics['test/known/task_count']! + metrics['test/unseen/task_count']!).toBe(12)
    expect(metrics['test/unseen/task_count']).toBeGreaterThan(0)
    expect(metrics).toHaveProperty(['test/unseen/pass@1_gain_low'])
    expect(unseenFamilies.length).toBeGreaterThan(0)
    const { stdout } = await veritune(home, ['eval', '--run', 'one', '--split', 'test', '--tasks', '12', ...SMALL])
    expect(stdout).toMatch(/^checkpoint of step 4, compared with .*12 test tasks, 2 completions each \(5 for pass@5 and more\)/)
    expect(stdout).toMatch(/Unseen families: \d+ tasks? \(.*(ring|lfsr|graycounter|sataccumulator)/)
    expect(stdout).toMatch(/T 1 +base +95 % interval +gain +95 %, paired/)
    expect(stdout).toMatch(/ {2}compile +\d+\.\d % +\d+\.\d % +\[\d+\.\d, \d+\.\d\] +[+-]\d+\.\d +\[[+-]\d+\.\d, [+-]\d+\.\d\]/)
  })
})

describe('the last evaluation of a run', () => {
  test('has gains with intervals, paired with the one before the first step, at both temperatures', () => {
    const [directory] = readdirSync(join(home, 'runs'))
    const lines = readFileSync(join(home, 'runs', directory!, 'journal.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
    const evaluations = lines
      .map((line) => journalEventSchema.parse(JSON.parse(line)))
      .filter(({ type }) => type === 'eval.finished')
    const [first, last] = [evaluations[0]!, evaluations.at(-1)!].map((event) => ('metrics' in event ? event.metrics : {}))
    for (const name of ['pass@1', 'pass@8', 'reasoning_rate', 'near_greedy/pass@1', 'near_greedy/reasoning_rate']) {
      const at = `eval/${name}`
      expect(last![`${at}_gain`], name).toBeCloseTo(last![at]! - first![at]!, 12)
      expect(last![`${at}_gain_low`], name).toBeLessThanOrEqual(last![`${at}_gain`]!)
    }
  })
})
