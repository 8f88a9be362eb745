/** The best and the worst completions, each with what the tools said of it. */
import { COMPONENTS } from '#contract/components'
import { METRICS, RATE_KEY } from '#contract/metrics'
import type { Score } from '#contract/score'
import { facts, heading, list, note, paragraph, type Block } from '../document.ts'
import { counted, decimals } from '../numbers.ts'
import { PICKING_RULE } from '../pick-completions.ts'
import type { EvaluatedCompletion, ReportSource } from '../source.ts'

/** Messages of a tool about one completion that are told. */
const MOST_DIAGNOSTICS = 8

export function completionsSection({ comparison: { groups }, completions, runs }: ReportSource): Block[] {
  const names = new Map(runs.map(({ detail }) => [detail.summary.id, detail.summary.name]))
  const shown = groups.flatMap(({ title }, i): Block[] => {
    const { best, worst, count } = completions[i]!
    if (best.length === 0) return []
    return [
      heading(`${title}: best of ${counted(count, 'completion')}`, 3),
      ...best.map((one) => completion(one, names)),
      heading(`${title}: worst of ${counted(count, 'completion')}`, 3),
      ...worst.map((one) => completion(one, names)),
    ]
  })
  if (shown.length === 0) return []
  return [heading('Completions'), note(PICKING_RULE), ...shown]
}

function completion({ run, record }: EvaluatedCompletion, names: ReadonlyMap<string, string>): Block {
  const cut = record.isTruncated ? ', cut at the token limit' : ''
  const { scores } = record
  return {
    kind: 'together',
    blocks: [
      paragraph(record.instruction),
      { kind: 'code', language: 'text', caption: '', text: record.completion, isAppendix: false, file: null },
    ],
    aside: [
      facts([
        ['Task', `${record.taskId}, family ${record.family}`],
        ['Of', `${names.get(run) ?? run}, step ${record.step}`],
        ['Length', `${counted(record.completionTokens, 'token')}${cut}`],
      ]),
      list(
        COMPONENTS.map((component) => scoreLine(METRICS[`train/${RATE_KEY[component]}`]!.title, scores[component])),
        true,
      ),
      ...toolWords(scores.compilation, scores.quality),
    ],
  }
}

function scoreLine(title: string, score: Score): string {
  if (!('value' in score)) return `${title}: unscored. ${score.unscored}`
  const { value, outcome, evidence } = score
  const further = [
    ...(evidence.statements ?? [])
      .filter(({ isTrue }) => !isTrue)
      .map(({ text, note: why }) => `“${text}” is not borne out${why === '' ? '' : `: ${why}`}.`),
  ]
  return [`${title} ${decimals(value)}, ${outcome}. ${evidence.summary}`, ...further, ...counterexample(score)].join(' ')
}

function counterexample({ evidence: { counterexample: found } }: Extract<Score, { value: number }>): string[] {
  if (found === undefined) return []
  const pins = (of: Readonly<Record<string, string>>): string =>
    Object.entries(of)
      .map(([name, value]) => `${name} = ${value}`)
      .join(', ')
  return [
    `First mismatch in cycle ${found.cycle} of sequence ${found.sequence}: with ${pins(found.inputs)} expected ${pins(found.expected)}, found ${pins(found.actual)}.`,
  ]
}

/** Each message once: quality repeats what compilation has said. */
function toolWords(...scores: readonly Score[]): Block[] {
  const said = scores.flatMap((score) => ('value' in score ? (score.evidence.diagnostics ?? []) : []))
  const lines = [
    ...new Set(said.map(({ severity, line, message }) => `${severity}${line === null ? '' : `, line ${line}`}: ${message}`)),
  ]
  if (lines.length === 0) return []
  const more = lines.length > MOST_DIAGNOSTICS ? [`… and ${lines.length - MOST_DIAGNOSTICS} more`] : []
  const text = [...lines.slice(0, MOST_DIAGNOSTICS), ...more].join('\n')
  return [{ kind: 'code', language: 'text', caption: 'What the tools said', text, isAppendix: false, file: null }]
}
