/** Who is ahead: the sentences of the statistics, word for word. */
import { METRICS } from '#contract/metrics'
import { verdict } from '#statistics/verdict'
import { heading, list, note, paragraph, type Block } from '../document.ts'
import { lastEvaluation } from '../evaluations.ts'
import { counted, withMinus } from '../numbers.ts'
import type { ReportedRun, ReportSource } from '../source.ts'

const HEADLINE = 'Functional pass@1'

/** Rates that a single run is held against its own beginning for. */
const RATES = ['pass@1', 'near_greedy/pass@1', 'compile_rate', 'synthesis_rate', 'reasoning_rate', 'quality_rate']

export function verdictSection(source: ReportSource): Block[] {
  return [heading('Answer'), ...testVerdicts(source), ...validationVerdicts(source)]
}

function testVerdicts({ experiment }: ReportSource): Block[] {
  const report = experiment?.report ?? null
  if (experiment === null || report === null) return []
  const { samples } = experiment.plan.evaluation
  return [
    heading('On test tasks', 3),
    ...verdictLists(report.verdicts),
    note(
      `${counted(report.taskCount, 'test task')}, ${counted(samples, 'completion')} each, read once when all runs had ended; last checkpoints. Intervals are 95 %, over seeds and tasks. Nothing was chosen by test tasks.`,
    ),
  ]
}

function validationVerdicts({ comparison, runs }: ReportSource): Block[] {
  const title = heading('On validation tasks', 3)
  if (comparison.groups.length === 1) return [title, ...sinceStart(runs)]
  if (comparison.taskCount === 0)
    return [
      title,
      paragraph('There are no validation tasks that all of the runs were evaluated on, so that nothing can be compared.'),
    ]
  return [
    title,
    ...verdictLists(comparison.verdicts),
    note(
      `Last evaluations, ${counted(comparison.taskCount, 'validation task')} that all of the runs share. Intervals are 95 %, over seeds and tasks.`,
    ),
  ]
}

/** Functional pass@1 first: it is what training is for. */
function verdictLists(sentences: readonly string[]): Block[] {
  const [main, others] = [true, false].map((isMain) => sentences.filter((text) => text.startsWith(`${HEADLINE}:`) === isMain))
  const lists = [list(main!.map(withMinus)), list(others!.map(withMinus), true)]
  return lists.filter(({ items }) => items.length > 0)
}

/** One group has nobody to be ahead of but its own beginning. */
function sinceStart(runs: readonly ReportedRun[]): Block[] {
  const sentences = runs.flatMap((run) => RATES.flatMap((rate) => gainSentence(run, rate, runs.length > 1)))
  if (sentences.length === 0) return [paragraph('No run was evaluated before and after its training with the same tasks yet.')]
  return [
    ...verdictLists(sentences),
    note(
      'Paired over tasks: the same tasks before the first step and at the last evaluation. Intervals are 95 %, by bootstrap over tasks.',
    ),
  ]
}

function gainSentence(run: ReportedRun, rate: string, isNamed: boolean): string[] {
  const metrics = lastEvaluation(run)?.metrics ?? {}
  const [mean, low, high] = ['gain', 'gain_low', 'gain_high'].map((end) => metrics[`eval/${rate}_${end}`])
  if (mean === undefined || low === undefined || high === undefined) return []
  const { name } = run.detail.summary
  const second = isNamed ? `${name} after training` : 'the model after training'
  const title = METRICS[`eval/${rate}`]?.title ?? rate
  const difference = { mean, low, high }
  return [verdict({ rate: title, first: 'the model before training', second, difference, seedCount: 1 })]
}
