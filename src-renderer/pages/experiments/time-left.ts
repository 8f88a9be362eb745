/** How long an experiment still takes, from what its runs took so far. Times in seconds. */
import type { ExperimentArm, ExperimentRun, ExperimentState } from '#contract/experiment'

/** One step tells little: the first one compiles and warms up. */
const TELLING_STEPS = 2

/**
 * Of the phase that it is in; null when it cannot be told: before two steps are known, and for budgets of tokens, whose steps nobody knows beforehand.
 * Evaluations between the steps are not in it.
 */
export function secondsLeft(state: Pick<ExperimentState, 'phase' | 'isDriven' | 'plan' | 'runs' | 'tested'>): number | null {
  if (!state.isDriven) return null
  if (state.phase === 'testing') return testingLeft(state.tested)
  return state.phase === 'training' ? trainingLeft(state) : null
}

function testingLeft({ done, total, seconds }: ExperimentState['tested']): number | null {
  return done === 0 ? null : (seconds / done) * (total - done)
}

function trainingLeft({ plan, runs }: Pick<ExperimentState, 'plan' | 'runs'>): number | null {
  if (plan.budget.tokens !== null) return null
  const leaders = plan.arms.filter(({ asLongAs }) => asLongAs === null)
  const followers = plan.arms.filter(({ asLongAs }) => asLongAs !== null)
  const known = secondsPerStep(runs.filter((run) => leaders.some(({ name }) => name === run.arm)))
  if (known === null) return null
  const ofArm = ({ name }: ExperimentArm): ExperimentRun[] => runs.filter(({ arm }) => arm === name)
  const left = (arm: ExperimentArm, run: ExperimentRun): number => {
    if (run.status === 'finished') return 0
    const bySteps = (run.steps - run.step) * (secondsPerStep(ofArm(arm)) ?? known)
    return plan.budget.seconds === null ? bySteps : Math.min(bySteps, Math.max(0, plan.budget.seconds - run.seconds))
  }
  const leaderSums = new Map(leaders.map((arm) => [arm.name, sum(ofArm(arm).map((run) => run.seconds + left(arm, run)))]))
  const following = (arm: ExperimentArm, run: ExperimentRun): number => {
    const leader = plan.arms.find(({ name }) => name === arm.asLongAs)!
    return run.status === 'finished' ? 0 : Math.max(0, leaderSums.get(leader.name)! / ofArm(leader).length - run.seconds)
  }
  const all = [
    ...leaders.flatMap((arm) => ofArm(arm).map((run) => left(arm, run))),
    ...followers.flatMap((arm) => ofArm(arm).map((run) => following(arm, run))),
  ]
  return sum(all)
}

function secondsPerStep(runs: readonly ExperimentRun[]): number | null {
  const telling = runs.filter(({ step }) => step >= TELLING_STEPS)
  return telling.length === 0 ? null : sum(telling.map(({ seconds }) => seconds)) / sum(telling.map(({ step }) => step))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
