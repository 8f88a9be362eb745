/** One component brings nearly all differences of the reward within groups, so that the others say nothing. */
import { COMPONENTS } from '#contract/components'
import { lastSteps, meanOver, type RunHistory } from '../run-history.ts'
import { percent } from './words.ts'

const STEPS = 10

/** Where only one component is paid it cannot be otherwise; that the functional score decides is what a run is for. */
export function dominance(history: RunHistory, limit: number): string | null {
  const steps = lastSteps(history, STEPS)
  if (steps === null || steps[0]!.rewardChange !== steps.at(-1)!.rewardChange) return null
  const paid = COMPONENTS.filter((component) => (meanOver(steps, `train/rewards/${component}/mean`) ?? 0) > 0)
  if (paid.length < 2) return null
  for (const component of paid) {
    const share = meanOver(steps, `train/rewards/${component}/variance_share`)
    if (component === 'functional' || share === null || share <= limit) continue
    return `${percent(share)} of the reward's differences within groups come from ${component}, mean of ${STEPS} steps; the other components tell no completions apart. Lower reward.weights.${component}, or raise reward.weights.functional.`
  }
  return null
}
