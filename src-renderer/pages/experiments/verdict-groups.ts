export interface VerdictGroup {
  /** `Functional pass@1` */
  readonly rate: string
  readonly sentences: readonly string[]
}

/** Verdicts by the rate that each begins with (`Compilation: GRPO is ahead of …`), in the order in which they come. */
export function verdictGroups(verdicts: readonly string[]): VerdictGroup[] {
  const byRate = Map.groupBy(verdicts, (sentence) => /^([^:]+): /.exec(sentence)?.[1] ?? '')
  return [...byRate].map(([rate, sentences]) => ({
    rate,
    sentences: sentences.map((sentence) => (rate === '' ? sentence : withCapital(sentence.slice(rate.length + 2)))),
  }))
}

/** Its real minus, too. */
function withCapital(text: string): string {
  return (text.charAt(0).toUpperCase() + text.slice(1)).replaceAll(/(?<=[[(, ])-(?=\d)/g, '\u2212')
}
