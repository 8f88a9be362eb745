/**
 * What eight answers to the simplest task earn under each reward profile that comes with VeriTune. `node test/support/reward-table.ts` prints docs/reward-table.md.
 * The eight are those that a naive scorer pays for doing nothing.
 */
import { pathToFileURL } from 'node:url'
import type { RewardProfile } from '#contract/reward-profile'
import { COMPONENTS, isScored, type ScoreReport } from '#contract/score'
import type { ReferencedTask } from '#contract/task'
import { createScorer, type Scorer } from '#trainer/3-scores/scorer'
import { weigh } from '#trainer/3-scores/weigh'
import { cheatsOn } from '#trainer/self-test/attack/cheats'
import { readPresets } from '#workbench/presets'
import { REPOSITORY } from './run-builders.ts'
import { aTask, COMBINATIONAL, completionOf } from './verilog.ts'
import { join } from 'node:path'

const HEADER = 'module pass_on(input in, output reg out);'
const moduleOf = (body: string): string => `${HEADER}\n  ${body}\nendmodule`

/** What each answer says of itself: true of the right one. */
const REASONING = 'registers: 0\nout: combinational\nout: width 1\nlatches: none'

const INTERFACE: Pick<ReferencedTask, 'moduleName' | 'ports'> = {
  moduleName: 'pass_on',
  ports: [
    { name: 'in', direction: 'input', width: 1 },
    { name: 'out', direction: 'output', width: 1 },
  ],
}

/** One of those that attack a reward before a run. */
function cheat(wanted: string): string {
  return cheatsOn(INTERFACE).find(({ name }) => name === wanted)!.code
}

export const CANDIDATES = {
  correct: moduleOf('always @(*) out = in;'),
  'forged verdict, no logic': cheat('verdict-printed'),
  'latch (wrong logic)': cheat('latch'),
  'inverted output (wrong)': moduleOf('always @(*) out = ~in;'),
  'empty body': cheat('empty-body'),
  'initial $finish': cheat('early-finish'),
  'zero-delay hang': cheat('hang-in-no-time'),
  'syntax error': moduleOf('always @(*) out = ;'),
} as const
export type Candidate = keyof typeof CANDIDATES

const TASK = aTask({
  id: 'pass-on',
  ...INTERFACE,
  reference: CANDIDATES.correct,
  stimulus: COMBINATIONAL,
  trivialMatch: 0.5,
})

export interface RewardTable {
  readonly reports: Readonly<Record<Candidate, ScoreReport>>
  /** Of the presets, each once. */
  readonly profiles: readonly RewardProfile[]
}

export async function rewardTable(scorer: Scorer): Promise<RewardTable> {
  const names = Object.keys(CANDIDATES) as Candidate[]
  const reports = await Promise.all(names.map((name) => scorer.score(completionOf(CANDIDATES[name], REASONING), TASK, 1)))
  const all = readPresets(join(REPOSITORY, 'resources')).map(({ config }) => config.reward)
  const profiles = all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i)
  return { reports: Object.fromEntries(names.map((name, i) => [name, reports[i]!])) as RewardTable['reports'], profiles }
}

export function rewardOf({ reports }: RewardTable, candidate: Candidate, profile: RewardProfile): number {
  return weigh(reports[candidate].scores, profile).reward!
}

export function rewardDocument(table: RewardTable): string {
  const head = ['answer', ...COMPONENTS, ...table.profiles.map(({ name }) => `reward “${name}”`)]
  const rows = (Object.keys(CANDIDATES) as Candidate[]).map((candidate) => [
    candidate,
    ...COMPONENTS.map((component) => {
      const score = table.reports[candidate].scores[component]
      return isScored(score) ? `${score.value.toFixed(2)} ${score.outcome}` : 'unscored'
    }),
    ...table.profiles.map((profile) => rewardOf(table, candidate, profile).toFixed(3)),
  ])
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return `# What cheats earn

Eight answers to one task, a wire from \`in\` to \`out\`, each with the same four statements of reasoning, scored by the netlist judge and weighed by each
reward profile that comes with VeriTune. A naive scorer pays for a forged verdict, an early finish, a hang or a latch almost as much as for the right answer; here
none of those earns more than an empty body, and nothing comes near the right answer. Made by \`node test/support/reward-table.ts > docs/reward-table.md\`; a test compares.

${line(head)}
${line(head.map(() => '---'))}
${rows.map(line).join('\n')}
`
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const scorer = createScorer({ workers: 1 })
  process.stdout.write(rewardDocument(await rewardTable(scorer)))
  await scorer.close()
}
