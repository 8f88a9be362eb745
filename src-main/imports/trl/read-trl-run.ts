/** The output_dir of one of TRL's trainers (GRPO, RLOO) -> a run: what it logged, and the completions that it kept. */
import { basename } from 'node:path'
import type { JournalEntry } from '#contract/journal'
import { stepName } from '#contract/run-directory'
import type { ImportedRun } from '../imported-run.ts'
import { completionFiles, readCompletions } from './completions.ts'
import { ourNames } from './metric-names.ts'
import { readModelCard } from './model-card.ts'
import { readTrainerState, type TrainerState } from './trainer-state.ts'

/** Relative; values are single-precision means. */
const SUM_TOLERANCE = 1e-5
const FUNCTION = /^rewards\/(.+)\/mean$/

/** Throws Failure import.unreadable. */
export function readTrlRun(folder: string): ImportedRun {
  const state = readTrainerState(folder)
  const card = readModelCard(folder)
  const files = completionFiles(folder)
  const functions = functionsOf(state)
  const isSum = isRewardTheSum(state)
  const evaluated = stepsWithEvaluation(state)
  const steps = loggedSteps(state)
  const rolloutSteps = [...files.keys()].filter((step) => steps.has(step))
  return {
    origin: {
      tool: 'trl',
      trainer: card.trainer,
      version: card.version,
      folder,
      told: {
        ...(card.model !== null && { base_model: card.model }),
        global_step: state.step,
        max_steps: state.maxSteps,
        ...state.told,
      },
      remarks: remarksOn({ files, evaluated, isSum, functions }),
    },
    name: basename(folder),
    steps: Math.max(state.maxSteps, state.step),
    time: state.writtenAt,
    entries: entriesOf(state, steps),
    rolloutSteps,
    rolloutsOf: (step) =>
      readCompletions(files.get(step)!, {
        step,
        functions,
        isSum,
        family: evaluated.has(step) ? 'TRL, training or evaluation' : 'TRL',
      }),
  }
}

/** Step -> all that was logged of it. */
function loggedSteps({ logged }: TrainerState): ReadonlyMap<number, Readonly<Record<string, number>>> {
  const steps = new Map<number, Readonly<Record<string, number>>>()
  for (const { step, values } of logged) steps.set(step, { ...steps.get(step), ...values })
  return new Map([...steps].sort(([a], [b]) => a - b))
}

function entriesOf(
  { step: last, maxSteps }: TrainerState,
  steps: ReadonlyMap<number, Readonly<Record<string, number>>>,
): JournalEntry[] {
  const measured = [...steps].map(([step, values]): JournalEntry => {
    const metrics = ourNames(values)
    // Before the first step there is nothing but an evaluation.
    return step === 0
      ? { type: 'eval.finished', step, split: 'validation', datasetHash: '', metrics }
      : { type: 'step.finished', step, metrics, rolloutFile: `rollouts/${stepName(step)}.jsonl` }
  })
  const isWhole = last >= maxSteps
  return [
    { type: 'run.started', nonce: 'imported', fromStep: 0 },
    ...measured,
    {
      type: 'run.ended',
      step: last,
      outcome: isWhole ? 'finished' : 'stopped',
      ...(!isWhole && {
        reason: `The folder is as it was after step ${last} of ${maxSteps}.`,
        remedy: 'Import it again when it has more.',
      }),
    },
  ]
}

function functionsOf({ logged }: TrainerState): string[] {
  const names = logged.flatMap(({ values }) => Object.keys(values).flatMap((key) => FUNCTION.exec(key)?.[1] ?? []))
  return [...new Set(names)]
}

/** No file tells the weights of the functions: they are all 1 where the logged means add up to the logged reward, every time. */
function isRewardTheSum({ logged }: TrainerState): boolean {
  const rewarded = logged.filter(({ values }) => values.reward !== undefined)
  return rewarded.every(({ values }) => {
    const means = Object.entries(values).flatMap(([key, value]) => (FUNCTION.test(key) ? [value] : []))
    const sum = means.reduce((total, value) => total + value, 0)
    return Math.abs(sum - values.reward!) <= SUM_TOLERANCE * Math.max(1, Math.abs(sum))
  })
}

function stepsWithEvaluation({ logged }: TrainerState): ReadonlySet<number> {
  return new Set(
    logged.filter(({ values }) => Object.keys(values).some((key) => key.startsWith('eval_'))).map(({ step }) => step),
  )
}

interface Found {
  readonly files: ReadonlyMap<number, string>
  readonly evaluated: ReadonlySet<number>
  readonly isSum: boolean
  readonly functions: readonly string[]
}

function remarksOn({ files, evaluated, isSum, functions }: Found): string[] {
  const mixed = [...files.keys()].filter((step) => evaluated.has(step))
  return [
    ...(files.size === 0 ? ['It kept no completions: TRL writes them where log_completions is on.'] : []),
    ...(mixed.length > 0
      ? [`Among the completions of step ${mixed.join(', ')} are some of an evaluation: TRL writes both into the same file.`]
      : []),
    ...(isSum
      ? []
      : [`The reward of a single completion is not known: ${functions.join(', ')} are weighted, and no file says how.`]),
  ]
}
