/** What the runs were made to find out. */
import { heading, paragraph, type Block } from '../document.ts'
import { counted } from '../numbers.ts'
import type { ReportSource } from '../source.ts'

export function titleOf({ title, experiment, comparison, runs }: ReportSource): string {
  if (title !== null) return title
  if (experiment !== null) return experiment.plan.title
  const [first] = runs
  if (runs.length === 1) return first!.detail.summary.name
  return comparison.groups.map((group) => group.title).join(' against ')
}

export function questionSection(source: ReportSource): Block[] {
  const { experiment, question } = source
  const described = experiment === null || experiment.plan.description === '' ? [] : [paragraph(experiment.plan.description)]
  return [heading('Question'), ...(question === null ? [] : [paragraph(question)]), ...described, paragraph(askedOf(source))]
}

function askedOf({ comparison: { groups }, runs }: ReportSource): string {
  const { model, dataset } = runs[0]!.detail.config
  const models = new Set(runs.map(({ detail }) => detail.config.model))
  const of = models.size === 1 ? `the model ${model}` : `${models.size} models`
  const tasks = `the tasks ${dataset.id}`
  if (groups.length === 1) {
    return `What does training with ${groups[0]!.title} make of ${of} on ${tasks}? Measured with ${counted(runs.length, 'seed')}.`
  }
  const sides = groups.map((group) => `${group.title} (${counted(group.runs.length, 'run')})`)
  return `Which of ${sides.slice(0, -1).join(', ')} and ${sides.at(-1)} makes the most of ${of} on ${tasks}?`
}
