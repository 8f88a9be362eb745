/** Arms x seeds -> the runs of an experiment. Their ids follow from its own, so that two makers make the same runs. */
import { Failure } from '#contract/failure'
import type { ExperimentArm, ExperimentPlan } from '#contract/experiment'
import type { RunConfig } from '#contract/run-config'

export interface PlannedRun {
  readonly id: string
  readonly arm: ExperimentArm
  readonly seed: number
}

/** In the order in which they train: seed by seed, so that an experiment that is cut short has all its arms; arms that wait for others last. */
export function plannedRuns(id: string, { arms }: ExperimentPlan): PlannedRun[] {
  const most = Math.max(...arms.map(({ seeds }) => seeds.length))
  const inTurn = (group: readonly ExperimentArm[]): PlannedRun[] =>
    Array.from({ length: most }).flatMap((_, turn) =>
      group.flatMap((arm) => {
        const seed = arm.seeds[turn]
        return seed === undefined ? [] : [{ id: `${id}-${String(turn + 1).padStart(2, '0')}-${arm.name}`, arm, seed }]
      }),
    )
  const isLed = ({ asLongAs }: ExperimentArm): boolean => asLongAs !== null
  return [...inTurn(arms.filter((arm) => !isLed(arm))), ...inTurn(arms.filter(isLed))]
}

/** A run's settings: its arm's, its seed, and its share of the budget. `seconds`: of an arm that trains as long as another. */
export function plannedConfig(
  armConfig: RunConfig,
  plan: ExperimentPlan,
  { arm, seed }: PlannedRun,
  seconds: number | null,
): RunConfig {
  // What tells the runs apart stands first: a list cuts the end of a name.
  const config = { ...armConfig, seed, name: `${arm.title}, seed ${seed} · ${plan.title}`.slice(0, 120) }
  if (seconds !== null) return { ...config, budget: { rollouts: null, tokens: null, seconds } }
  const { budget } = plan
  if (budget.rollouts === null) return { ...config, budget }
  const perStep = config.promptsPerStep * config.groupSize
  return { ...config, budget, steps: Math.ceil(budget.rollouts / perStep) }
}

/** Arms that are measured against each other and against one base. Throws Failure config.invalid, naming the setting. */
export function refuseUnequalArms(configs: readonly RunConfig[]): void {
  const [first] = configs
  const same: readonly (readonly [field: string, of: (config: RunConfig) => string])[] = [
    ['model', ({ model }) => model],
    ['dataset.id', ({ dataset }) => dataset.id],
    ['judge', ({ judge }) => judge],
  ]
  for (const [field, of] of same) {
    const others = configs.find((config) => of(config) !== of(first!))
    if (others === undefined) continue
    throw new Failure('config.invalid', {
      field,
      problem: `is ${of(first!)} in one arm and ${of(others)} in another.`,
      remedy: 'Arms that are compared begin with one model and learn and are judged on the same tasks.',
    })
  }
}
