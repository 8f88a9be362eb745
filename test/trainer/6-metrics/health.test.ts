/** The rules of a run's health, over journals that are made of numbers. */
import { describe, expect, test } from 'vitest'
import { WARNINGS, type WarningCode } from '#contract/health-warnings'
import type { JournalEntry } from '#contract/journal'
import { METRICS } from '#contract/metrics'
import { settingsOf } from '#contract/settings-catalogue'
import { newWarnings, notFinite, SILENT_STEPS, type Warning } from '#trainer/6-metrics/health'
import { historyOf } from '#trainer/6-metrics/run-history'
import { aConfig, aJournal } from '#test/support/run-builders'

type Numbers = Record<string, number>

/** A little up, a little down: as a run that nothing happens to. */
const wave = (step: number): number => (step % 2 === 0 ? 0.02 : -0.02)

const HEALTHY = (step: number): Numbers => ({
  'train/reward': 0.6 + wave(step),
  'train/frac_reward_zero_std': 0.1,
  'train/kl': 0.01,
  'train/approx_kl': 0.001,
  'train/entropy': 0.05,
  'train/completions/mean_length': 80,
  'train/completions/truncated_share': 0,
  'train/completions/distinct_share': 0.6,
  'train/rewards/functional/mean': 0.3,
  'train/rewards/compilation/mean': 0.2,
  'train/rewards/reasoning/mean': 0.1,
  'train/rewards/functional/variance_share': 0.6,
  'train/rewards/compilation/variance_share': 0.2,
})

const stepOf = (step: number, numbers: Numbers = {}): JournalEntry => ({
  type: 'step.finished',
  step,
  metrics: { ...HEALTHY(step), ...numbers },
  rolloutFile: '',
})
const evaluationOf = (step: number, pass: number): JournalEntry => ({
  type: 'eval.finished',
  step,
  split: 'validation',
  datasetHash: '',
  metrics: { 'eval/pass@1': pass, 'eval/pass@1_low': pass - 0.09, 'eval/pass@1_high': pass + 0.09 },
})
const steps = (count: number, numbersOf: (step: number) => Numbers = () => ({}), first = 1): JournalEntry[] =>
  Array.from({ length: count }, (_, i) => stepOf(first + i, numbersOf(first + i)))

/** What a trainer would say: after each step that the journal has. */
function saidOver(entries: readonly JournalEntry[]): (Warning & { readonly step: number })[] {
  const events = aJournal(entries)
  return events.flatMap((event, i) =>
    event.type === 'step.finished'
      ? newWarnings(historyOf(events.slice(0, i + 1))).map((warning) => ({ ...warning, step: event.step }))
      : [],
  )
}
const timesOf = (entries: readonly JournalEntry[], code: WarningCode): number[] =>
  saidOver(entries).flatMap((warning) => (warning.code === code ? [warning.step] : []))

/** From step 11 on one metric is `value`. */
const changed = (key: string, value: number, count = 20): JournalEntry[] =>
  steps(count, (step): Numbers => (step > 10 ? { [key]: value } : {}))

describe('what is said', () => {
  const ways: readonly (readonly [WarningCode, string, atLimit: number, beyond: number])[] = [
    ['groups-without-variance', 'train/frac_reward_zero_std', 0.6, 0.7],
    ['kl-high', 'train/kl', 0.5, 0.51],
    ['update-too-large', 'train/approx_kl', 0.1, 0.11],
    ['completions-truncated', 'train/completions/truncated_share', 0.3, 0.4],
    ['duplicate-completions', 'train/completions/distinct_share', 0.3, 0.25],
    ['length-drift', 'train/completions/mean_length', 120, 130],
    ['length-drift', 'train/completions/mean_length', 80 / 1.4, 80 / 1.6],
    ['entropy-collapsed', 'train/entropy', 0.0101, 0.009],
    ['critic-misleads', 'train/explained_variance', -0.19, -0.3],
    ['one-component-dominates', 'train/rewards/compilation/variance_share', 0.89, 0.95],
  ]

  test.each(ways)('%s is said beyond its limit of %s, not at it', (code, key, atLimit, beyond) => {
    expect(saidOver(changed(key, atLimit))).toEqual([])
    const said = saidOver(changed(key, beyond))
    expect(said.map((warning) => warning.code)).toEqual([code])
    expect(METRICS).toHaveProperty([key])
  })

  test.each(ways)('%s carries numbers and names a setting that there is', (_, key, __, beyond) => {
    const [warning] = saidOver(changed(key, beyond))
    expect(warning!.evidence).toMatch(/\d/)
    expect(warning!.evidence).not.toMatch(/NaN|undefined|null/)
    const known = new Set(['grpo', 'ppo'].flatMap((name) => Object.keys(settingsOf(name as 'grpo' | 'ppo'))))
    const named = warning!.evidence.match(/\b[a-zA-Z]+(?:\.[a-zA-Z]+)+\b|groupSize|maxApproxKl/g) ?? []
    expect(named.filter((name) => name !== 'reward.weights' && !known.has(name))).toEqual([])
    expect(named.length).toBeGreaterThan(0)
  })

  test('a run that nothing happens to is left alone, and so is one whose evaluations stand still', () => {
    expect(saidOver([evaluationOf(0, 0.5), ...steps(60), evaluationOf(60, 0.5)])).toEqual([])
  })

  test('one loud step of five is not enough where five are asked', () => {
    expect(saidOver(steps(20, (step): Numbers => (step === 9 ? { 'train/frac_reward_zero_std': 1 } : {})))).toEqual([])
  })

  test('a step with several faults hears of each', () => {
    const faults = { 'train/kl': 1, 'train/approx_kl': 1 }
    expect(saidOver([stepOf(1, faults)]).map(({ code }) => code)).toEqual(['kl-high', 'update-too-large'])
  })

  test('the sentence of a severe one is for a person: what, how much, what to do', () => {
    const [warning] = saidOver(changed('train/entropy', 0.005))
    expect(warning).toMatchObject({ isSevere: true, step: 15 })
    expect(warning!.evidence).toBe(
      'Entropy fell from 0.050 to 0.005 nats a token: the policy hardly tries anything else. Lower optimizer.learningRate, or raise algorithm.entropyCoef or algorithm.clipEpsilonHigh.',
    )
  })
})

describe('a component that dominates', () => {
  test('is no fault of the functional one', () => {
    expect(saidOver(changed('train/rewards/functional/variance_share', 0.99, 30))).toEqual([])
  })

  test('nor of one that alone is paid', () => {
    const alone = {
      'train/rewards/functional/mean': 0,
      'train/rewards/reasoning/mean': 0,
      'train/rewards/compilation/variance_share': 1,
    }
    expect(
      timesOf(
        steps(30, () => alone),
        'one-component-dominates',
      ),
    ).toEqual([])
  })
})

describe('hacking', () => {
  /** Reward from 0.61 to 0.74 from step 21 on; reasoning rises with it. */
  const rising = (step: number): Numbers =>
    step > 20
      ? { 'train/reward': 0.74 + wave(step) / 4, 'train/rewards/reasoning/mean': 0.2 }
      : { 'train/reward': 0.61 + wave(step) / 4 }
  const run = (passes: readonly number[], numbersOf = rising): JournalEntry[] => [
    evaluationOf(0, passes[0]!),
    ...steps(15, numbersOf),
    evaluationOf(15, passes[1]!),
    ...steps(15, numbersOf, 16),
    evaluationOf(30, passes[2]!),
    ...steps(3, numbersOf, 31),
  ]

  test('is suspected when the reward rises and pass@1 on validation tasks does not', () => {
    const said = saidOver(run([0.48, 0.47, 0.48]))
    expect(said).toHaveLength(1)
    expect(said[0]).toMatchObject({ code: 'hacking-suspected', step: 31, isSevere: true })
    expect(said[0]!.evidence).toBe(
      'Reward rose from 0.61 to 0.74 over 31 steps while validation pass@1 stayed at 48 % [39 % to 57 %] (evaluations of steps 0, 15, 30: 48 %, 47 %, 48 %). ' +
        'What rose most is reasoning (+0.10). Read the best paid rollouts. Lower reward.weights.reasoning, or set reward.gating=functional.',
    )
  })

  test('is not when one later evaluation is above the first', () => {
    expect(saidOver(run([0.48, 0.49, 0.48]))).toEqual([])
  })

  test('nor when the reward rises by less than three standard errors', () => {
    const noisy = (step: number): Numbers => ({ 'train/reward': (step > 20 ? 0.68 : 0.61) + wave(step) * 4 })
    expect(saidOver(run([0.48, 0.48, 0.48], noisy))).toEqual([])
  })

  test('nor when the weights were changed on the way: those rewards do not compare', () => {
    const profile = aConfig().reward
    const entries = run([0.48, 0.47, 0.48])
    expect(saidOver(entries.toSpliced(12, 0, { type: 'reward.changed', step: 11, profile }))).toEqual([])
  })

  test('of training tasks alone: what rose is functional, and the advice is another', () => {
    const learnt = (step: number): Numbers => ({ ...rising(step), 'train/rewards/functional/mean': step > 20 ? 0.5 : 0.3 })
    expect(saidOver(run([0.48, 0.47, 0.48], learnt))[0]!.evidence).toMatch(/functional \(\+0\.20\).*learnt by heart.*dataset\.id/)
  })
})

describe('when it is said', () => {
  const loud = { 'train/kl': 0.9 }

  test('once while it lasts', () => {
    expect(
      timesOf(
        steps(30, (step) => (step > 3 ? loud : {})),
        'kl-high',
      ),
    ).toEqual([4])
  })

  test(`again only after ${SILENT_STEPS} steps without it`, () => {
    const at = (...loudSteps: number[]): JournalEntry[] => steps(30, (step): Numbers => (loudSteps.includes(step) ? loud : {}))
    expect(timesOf(at(4, 6, 4 + SILENT_STEPS), 'kl-high')).toEqual([4])
    expect(timesOf(at(4, 5 + SILENT_STEPS), 'kl-high')).toEqual([4, 5 + SILENT_STEPS])
  })

  test('a step that is made again says what it said, and the next one does not repeat it', () => {
    const until = [...steps(5, (step) => (step >= 4 ? loud : {}))]
    const again = [{ type: 'rewound', toStep: 3 } as const, ...steps(3, () => loud, 4)]
    expect(timesOf([...until, ...again], 'kl-high')).toEqual([4, 4])
  })

  test('by a resumed run after its checkpoint: nothing, when it was said before', () => {
    const resumed: JournalEntry[] = [...steps(6, () => loud), { type: 'run.resumed', nonce: 'n', fromStep: 6 }]
    expect(timesOf([...resumed, ...steps(3, () => loud, 7)], 'kl-high')).toEqual([1])
  })

  test('of supervised steps before nothing is known: the first of reinforcement learning are what later ones are compared with', () => {
    const supervised = Array.from({ length: 20 }, (_, i): JournalEntry => ({
      type: 'step.finished',
      step: i + 1,
      metrics: { 'train/entropy': 3, 'train/supervised_loss': 1 },
      rolloutFile: '',
    }))
    expect(saidOver([...supervised, ...steps(20, () => ({}), 21)])).toEqual([])
  })

  test('of thousands of steps in no time, and the first ones are not forgotten', () => {
    const events = aJournal(steps(5_000, (step): Numbers => (step > 4_990 ? { 'train/entropy': 0.001 } : {})))
    expect(newWarnings(historyOf(events.slice(0, 4_995))).map(({ code }) => code)).toEqual(['entropy-collapsed'])
  })
})

test('numbers that are none are named, with what they are', () => {
  expect(notFinite({ a: 1, b: NaN, c: Infinity })).toEqual(['b (NaN)', 'c (Infinity)'])
})

test('every warning has a title, and says what it watches and why its limit stands there', () => {
  for (const [code, { title, watches, reason }] of Object.entries(WARNINGS)) {
    expect(
      [title, watches, reason].every((text) => text.length > 5),
      code,
    ).toBe(true)
    expect(watches.endsWith('.') && reason.endsWith('.'), code).toBe(true)
  }
})
