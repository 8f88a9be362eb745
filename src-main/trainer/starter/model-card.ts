/** The README beside the starter model's weights. */
import type { CorpusKnobs } from './corpus.ts'
import type { Evaluation } from './evaluate.ts'

export interface ModelRecord {
  readonly seed: number
  readonly minutes: number
  readonly threads: number
  readonly steps: number
  readonly examples: number
  readonly completionTokens: number
  readonly training: { readonly cleanShare: number }
  readonly corpus: CorpusKnobs & { readonly systematicMistakes: Readonly<Record<string, string>> }
  readonly evaluation: Evaluation
}

export function modelCard(record: ModelRecord): string {
  const { corpus, evaluation } = record
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
  const rows = evaluation.map(
    ({ temperature, compileRate, passAt1, passAt8, reasoning }) =>
      `| ${temperature} | ${[compileRate, passAt1, passAt8, reasoning].map(percent).join(' | ')} |`,
  )
  const mistakes = Object.entries(corpus.systematicMistakes).map(([family, mistake]) => `${family} (${mistake})`)
  return `# The starter model

A Llama of four layers and 256 dimensions that writes small Verilog modules: enough to watch reinforcement learning at work on two CPU cores,
and nothing more. It was trained from nothing by \`npm run starter:build\`; \`training.json\` holds every setting and the loss curve. MIT licence.

## How it was made

- Supervised training of all weights through VeriTune's embedded engine: ${record.minutes} minutes, ${record.threads} threads, ${record.steps} steps,
  ${record.examples} generated examples, ${record.completionTokens} completion tokens, seed ${record.seed}.
- The examples come from the training combinations of the 28 families that all splits of the starter tasks show. Parameters of validation and
  test tasks never occur in them, and the four families that only the test split shows not at all.
- The examples are wrong on purpose in part, so that there is something to learn: ${percent(corpus.syntaxShare)} have damaged syntax, ${percent(corpus.formatShare)} a broken
  answer format, ${percent(corpus.scatteredShare)} any one mistake, ${percent(corpus.falseStatementShare)} a false statement. In ${mistakes.length} families ${percent(corpus.systematicShare)} of the other examples
  make one and the same mistake, after the first ${percent(record.training.cleanShare)} of the training, so that the wrong answer is often the likeliest one and a lower
  temperature does not cure it:
  ${mistakes.join(', ')}.

## What it can do

${evaluation[0]?.taskCount ?? 0} validation tasks, ${evaluation[0]?.samplesPerTask ?? 0} completions each:

| temperature | compile rate | functional pass@1 | pass@8 | reasoning |
|---|---|---|---|---|
${rows.join('\n')}
`
}
