/** Tokens of a completion by how likely the model finds them: in few classes, so that each has a name in the legend. */
import type { CompletionSource } from '#contract/completion-source'
import type { RolloutRecord } from '#contract/journal'
import type { ScoredToken, TokenLogprobs } from '#contract/token-logprobs'
import { counted, grouped } from '../../format/number.ts'

/** From likely to surprising; a token is of the first whose bound it reaches. */
export const HEAT_CLASSES = [
  { atLeast: 0.9, words: '90 % and more' },
  { atLeast: 0.5, words: '50 to 90 %' },
  { atLeast: 0.1, words: '10 to 50 %' },
  { atLeast: 0.01, words: '1 to 10 %' },
  { atLeast: 0, words: 'under 1 %' },
] as const

/** Place in HEAT_CLASSES. */
export function heatOf(logprob: number): number {
  const probability = Math.exp(logprob)
  return HEAT_CLASSES.findIndex(({ atLeast }) => probability >= atLeast)
}

/** `12 %` · `0.03 %` · `under 0.001 %` */
export function probabilityWords(logprob: number): string {
  const percent = 100 * Math.exp(logprob)
  if (percent < 0.001) return 'under 0.001 %'
  return `${percent >= 10 ? Math.round(percent) : Number(percent.toPrecision(1))} %`
}

export interface SurprisingToken extends ScoredToken {
  /** From 1. */
  readonly place: number
  /** What stands before it, as it can be read in one line. */
  readonly before: string
}

const BEFORE = 24

/** The least likely, the most surprising first. */
export function mostSurprising({ tokens, hasEnd }: TokenLogprobs, count: number): SurprisingToken[] {
  const last = tokens.length - 1
  return tokens
    .map((token, i) => ({ token, i }))
    .toSorted((a, b) => a.token.logprob - b.token.logprob)
    .slice(0, count)
    .map(({ token, i }) => ({
      text: i === last && hasEnd ? 'end' : visible(token.text),
      logprob: token.logprob,
      place: i + 1,
      before: visible(
        tokens
          .slice(Math.max(0, i - BEFORE), i)
          .map(({ text }) => text)
          .join('')
          .slice(-BEFORE),
      ),
    }))
}

/** Blanks and line ends as signs. */
export function visible(text: string): string {
  return text.replaceAll('\n', '⏎').replaceAll('\t', '⇥').replaceAll(' ', '·')
}

/** `142 tokens, mean log-prob −0.207, perplexity 1.230` */
export function heatWords({ tokens }: TokenLogprobs): string {
  const mean = tokens.reduce((sum, { logprob }) => sum + logprob, 0) / tokens.length
  const signed = `${mean < 0 ? '−' : ''}${Math.abs(mean).toPrecision(3)}`
  return `${counted(tokens.length, 'token')}, mean log-prob ${signed}, perplexity ${Math.exp(-mean).toPrecision(4)}`
}

/** Which weights it was asked of, and how far they are from those that wrote it. */
export function askedWords(
  { checkpoint, engine }: TokenLogprobs,
  { step }: RolloutRecord,
  source: CompletionSource = 'training',
): string {
  const by = `${engine.name} on ${engine.device}, ${engine.dtype}`
  // An evaluation is written by the weights after its step.
  const writer = source === 'evaluation' ? step : step - 1
  if (checkpoint === null && writer === 0) return `By the model that the run began with, which wrote it (${by}).`
  if (checkpoint === null)
    return `By the model that the run began with, as no checkpoint before step ${grouped(writer + 1)} is there (${by}).`
  const behind = writer - checkpoint
  const distance = behind === 0 ? 'the weights that wrote it' : `${counted(behind, 'update')} before those that wrote it`
  return `By the checkpoint of step ${grouped(checkpoint)}: ${distance} (${by}).`
}

/** '' where text and tokens are as the run had them. */
export function cutWords({ tokens, promptTokens }: TokenLogprobs, rollout: RolloutRecord): string {
  const parts = [
    tokens.length === rollout.completionTokens
      ? []
      : `${grouped(tokens.length)} tokens where ${grouped(rollout.completionTokens)} were drawn`,
    promptTokens === rollout.promptTokens
      ? []
      : `a prompt of ${grouped(promptTokens)} tokens where it had ${grouped(rollout.promptTokens)}`,
  ].flat()
  return parts.length === 0 ? '' : `The stored text is cut anew: ${parts.join(', ')}.`
}
