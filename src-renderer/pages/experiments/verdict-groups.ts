/** What every sentence about one seed ends with: it is said once, below. */
export const ONE_SEED = 'One seed: other seeds may differ.'

export interface VerdictSentence {
  readonly text: string
  readonly isOfOneSeed: boolean
}

export interface VerdictGroup {
  /** `Functional pass@1` */
  readonly rate: string
  readonly sentences: readonly VerdictSentence[]
}

/** Verdicts by the rate that each begins with (`Compilation: GRPO is ahead of …`), in the order in which they come. */
export function verdictGroups(verdicts: readonly string[]): VerdictGroup[] {
  const byRate = Map.groupBy(verdicts, (sentence) => /^([^:]+): /.exec(sentence)?.[1] ?? '')
  return [...byRate].map(([rate, sentences]) => ({
    rate,
    sentences: sentences.map((sentence) => ({
      text: withCapital(sentence.slice(rate === '' ? 0 : rate.length + 2)).replace(` ${ONE_SEED}`, ''),
      isOfOneSeed: sentence.endsWith(ONE_SEED),
    })),
  }))
}

/** Its real minus, too. */
function withCapital(text: string): string {
  return (text.charAt(0).toUpperCase() + text.slice(1)).replaceAll(/(?<=[[(, ])-(?=\d)/g, '\u2212')
}
