/** With what the runs were made, and how to make them again. */
import { facts, heading, note, paragraph, type Block, type Code } from '../document.ts'
import { gigabytes } from '../numbers.ts'
import type { ReportedRun, ReportSource } from '../source.ts'

export function reproduceSection(source: ReportSource): Block[] {
  return [
    heading('Environment'),
    ...environments(source),
    heading('How to make it again'),
    paragraph(
      'With the same version, these settings and seeds make the same completions on the same kind of processor; time budgets and graphics cards do not.',
    ),
    commands(source),
    ...configs(source),
  ]
}

const PLAN_FILE = 'settings/plan.json'

/** One for all runs that were made alike. */
function environments({ runs, version }: ReportSource): Block[] {
  const kinds = Map.groupBy(runs, (run) => JSON.stringify(factsOf(run)))
  return [...kinds.values()].map((of) => {
    const names = kinds.size === 1 ? [] : [['Runs', of.map(({ detail }) => detail.summary.name).join(', ')] as const]
    return facts([...names, ['VeriTune', version], ...factsOf(of[0]!)])
  })
}

function factsOf({ detail: { config, environment } }: ReportedRun): [string, string][] {
  const of = environment ?? {}
  const text = (name: string): string => (of[name] === undefined ? 'not known' : String(of[name]))
  const engine = (of.engine ?? {}) as Readonly<Record<string, unknown>>
  const memory = typeof of.memoryBytes === 'number' ? `, ${gigabytes(of.memoryBytes)} of memory` : ''
  return [
    ['Model', config.model],
    ['Tasks', config.dataset.id],
    ['SHA-256 of the tasks', config.dataset.hash],
    ['Judge', text('judge')],
    ['Engine', [engine.name ?? config.engine, engine.device, engine.dtype].filter((part) => part !== undefined).join(', ')],
    [
      'Parameters',
      engine.parameterCount === undefined
        ? 'not known'
        : `${String(engine.parameterCount)}, of them trained ${String(engine.trainableCount)}`,
    ],
    ['Node', text('node')],
    ['Machine', `${text('platform')}, ${text('processor')}, ${text('cores')} cores${memory}`],
  ]
}

function commands({ experiment, runs, comparison }: ReportSource): Code {
  const lines =
    experiment === null
      ? comparison.groups.flatMap((group, i) =>
          runs
            .filter(({ detail }) => group.runs.includes(detail.summary.id))
            .map(({ detail }) => `veritune train --config ${groupFile(i)} --set seed=${detail.config.seed}`),
        )
      : [`veritune experiment ${PLAN_FILE}`]
  return { kind: 'code', language: 'shell', caption: '', text: lines.join('\n'), isAppendix: false, file: null }
}

/** A group's runs differ in name and seed only. */
function configs({ comparison, runs, experiment }: ReportSource): Block[] {
  const blocks = comparison.groups.map((group, i): Code => {
    const { config } = runs.find(({ detail }) => detail.summary.id === group.runs[0])!.detail
    return json(groupFile(i), `settings of ${group.title}`, config)
  })
  const plan = experiment === null ? [] : [json(PLAN_FILE, 'the experiment', experiment.plan)]
  return [note('The settings in full:'), ...blocks, ...plan]
}

function json(file: string, what: string, value: unknown): Code {
  return {
    kind: 'code',
    language: 'json',
    caption: `${file}: ${what}`,
    text: JSON.stringify(value, null, 2),
    isAppendix: true,
    file,
  }
}

function groupFile(group: number): string {
  return `settings/group-${group + 1}.json`
}
