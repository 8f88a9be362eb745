/** Generated runs for looking at screens without a trainer: curves that rise, rollouts with every kind of outcome. Seeded, so pictures stay the same. */
import type { JournalEntry, JournalEvent, RolloutRecord } from '#contract/journal'
import type { RewardProfile } from '#contract/reward-profile'
import { algorithmSchema } from '#contract/algorithm'
import type { RunConfig } from '#contract/run-config'
import type { Scores } from '#contract/score'
import { createRandom } from '#trainer/math/random'

export const DEMO_PROFILE: RewardProfile = {
  schemaVersion: 1,
  name: 'default',
  weights: { compilation: 0.4, functional: 0.5, synthesis: 0.3, reasoning: 0.6, quality: 0.5 },
  gating: 'none',
  functional: 'graded',
  normalise: 'weights',
}

export function demoConfig(name: string, algorithm: 'grpo' | 'ppo', steps: number): RunConfig {
  const shared = { clipEpsilonLow: 0.2, clipEpsilonHigh: 0.2, klCoef: 0.02, entropyCoef: 0 }
  return {
    schemaVersion: 1,
    name,
    preset: `starter-${algorithm}`,
    seed: 1,
    engine: 'onnx',
    device: 'cpu',
    baseStorage: 'float32',
    torch: {
      device: 'auto',
      precision: 'float32',
      quantization: 'none',
      optimizer: 'adamw',
      processes: 1,
      sharding: 'none',
      gpu: null,
    },
    model: 'starter',
    dataset: { id: 'starter', hash: 'ab'.repeat(32) },
    judge: 'netlist',
    budget: { rollouts: null, tokens: null, seconds: null },
    proof: false,
    reasoningJudge: null,
    steps,
    promptsPerStep: 16,
    curriculum: null,
    groupSize: 8,
    updateEpochs: 1,
    minibatchSize: 64,
    microbatchSize: 8,
    gradientCheckpointing: false,
    supervised: null,
    algorithm: algorithmSchema.parse(
      algorithm === 'grpo'
        ? { name: 'grpo', ...shared }
        : {
            name: 'ppo',
            ...shared,
            valueCoef: 0.5,
            valueClipEpsilon: 0.2,
            gamma: 1,
            gaeLambda: 0.95,
            whitenAdvantages: true,
            valueLearningRate: 0.001,
          },
    ),
    lora: { rank: 16, alpha: 32, dropout: 0 },
    sampling: { temperature: 1, topP: 1, topK: 0, maxCompletionTokens: 384, stopStrings: [] },
    optimizer: {
      learningRate: 0.0003,
      schedule: 'linear',
      finalLearningRateShare: 0.1,
      warmupSteps: 2,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0,
      maxGradNorm: 0.5,
    },
    reward: DEMO_PROFILE,
    evaluation: { every: 20, taskCount: 100, samples: 4 },
    checkpointEvery: 20,
    checkpoints: { keepLast: 0, keepBest: true },
    maxApproxKl: null,
    samplerCorrection: null,
    attackReward: false,
    onAlert: 'warn',
  }
}

/** The journal of a run after `stepsDone` steps. */
export function demoJournal(config: RunConfig, stepsDone: number, seed: number): JournalEvent[] {
  const entries: JournalEntry[] = [{ type: 'run.started', nonce: 'demo', fromStep: 0 }, evaluation(0, config.steps, seed)]
  for (let step = 1; step <= stepsDone; step++) {
    entries.push({
      type: 'step.finished',
      step,
      metrics: stepMetrics(step, config, seed),
      rolloutFile: `rollouts/step-${step}.jsonl`,
    })
    if (step % 20 === 0) {
      entries.push(evaluation(step, config.steps, seed))
      entries.push({ type: 'checkpoint.saved', step, directory: `checkpoints/step-${String(step).padStart(6, '0')}` })
    }
    if (step === 26)
      entries.push({
        type: 'health.warned',
        isSevere: false,
        step,
        code: 'groups-without-variance',
        evidence: '7 of 16 groups earn equal rewards; they teach nothing',
      })
    if (step === 34)
      entries.push({
        type: 'reward.changed',
        step,
        profile: { ...DEMO_PROFILE, weights: { ...DEMO_PROFILE.weights, functional: 0.7 } },
      })
  }
  return entries.map((entry, i) => ({ ...entry, seq: i + 1, time: new Date(Date.UTC(2026, 10, 23, 9, 0, i * 5)).toISOString() }))
}

function rise(step: number, from: number, to: number, pace: number): number {
  return from + (to - from) * (1 - Math.exp(-step / pace))
}

export function stepMetrics(step: number, config: RunConfig, seed: number): Record<string, number> {
  const random = createRandom(seed * 1000 + step)
  const noisy = (value: number, spread: number): number => Math.min(1, Math.max(0, value + (random.next() - 0.5) * spread))
  const pace = config.steps * 0.5
  const metrics: Record<string, number> = {
    'train/compile_rate': noisy(rise(step, 0.74, 0.95, pace), 0.12),
    'train/functional_rate': noisy(rise(step, 0.28, 0.58, pace), 0.16),
    'train/synthesis_rate': noisy(rise(step, 0.66, 0.9, pace), 0.13),
    'train/reasoning_rate': noisy(rise(step, 0.5, 0.82, pace), 0.1),
    'train/quality_rate': noisy(rise(step, 0.83, 0.92, pace), 0.06),
    'train/reward': noisy(rise(step, 0.52, 0.79, pace), 0.08),
    'train/reward_std': noisy(0.22, 0.05),
    'train/kl': rise(step, 0, 0.11, pace) * (0.85 + random.next() * 0.3),
    'train/approx_kl': 0.004 + random.next() * 0.004,
    'train/entropy': rise(step, 0.62, 0.31, pace) + (random.next() - 0.5) * 0.05,
    'train/clip_ratio/high': 0.02 + random.next() * 0.03,
    'train/clip_ratio/low': 0.01 + random.next() * 0.02,
    'train/loss': -0.02 + (random.next() - 0.5) * 0.06,
    'train/grad_norm': 0.3 + random.next() * 0.4,
    'timing_s/rollouts': 3.2 + random.next(),
    'timing_s/scores': 1.1 + random.next() * 0.6,
    'timing_s/advantages': 0.5 + random.next() * 0.1,
    'timing_s/update': 2.4 + random.next() * 0.5,
  }
  if (config.algorithm.name === 'ppo')
    Object.assign(metrics, {
      'train/value_loss': rise(step, 0.2, 0.04, pace) + random.next() * 0.02,
      'train/explained_variance': rise(step, 0, 0.6, pace),
    })
  metrics['timing_s/step'] = ['rollouts', 'scores', 'advantages', 'update'].reduce(
    (sum, stage) => sum + metrics[`timing_s/${stage}`]!,
    0,
  )
  metrics['perf/score_wait_share'] = metrics['timing_s/scores']! / metrics['timing_s/step']
  for (const component of ['compilation', 'functional', 'synthesis', 'reasoning', 'quality'])
    metrics[`train/${component}/scored_count`] = 128
  return metrics
}

function evaluation(step: number, steps: number, seed: number): JournalEntry {
  const random = createRandom(seed * 77 + step)
  const pass1 = rise(step, 0.3, 0.56, steps * 0.5) + (random.next() - 0.5) * 0.02
  return {
    type: 'eval.finished',
    step,
    split: 'validation',
    datasetHash: 'ab'.repeat(32),
    metrics: {
      'eval/pass@1': pass1,
      'eval/pass@1_low': pass1 - 0.06,
      'eval/pass@1_high': pass1 + 0.06,
      'eval/pass@8': rise(step, 0.78, 0.86, steps * 0.5),
      'eval/near_greedy/pass@1': pass1 + 0.1,
      'timing_s/evaluation': 14,
    },
  }
}

const TASKS = [
  ['counter', 'A 4-bit up counter with synchronous, active-high reset and enable. `count` holds while `en` is 0.'],
  ['alu', 'An 8-bit ALU: op 0 adds, 1 subtracts, 2 ands, 3 ors. `zero` is 1 when the result is 0.'],
  ['shift', 'An 8-bit shift register that shifts in `d` at the right on each rising edge; asynchronous low reset.'],
  ['mux', 'A 4-to-1 multiplexer of 8-bit inputs a, b, c, d, chosen by sel.'],
] as const

const CODE = `module up_counter (
  input            clk,
  input            rst,
  input            en,
  output reg [3:0] count
);
  // counts while enabled
  always @(posedge clk) begin
    if (rst)
      count <= 4'd0;
    else if (en)
      count <= count + 1'b1;
  end
endmodule`

const BROKEN = `module up_counter (
  input            clk,
  input            rst,
  input            en,
  output reg [3:0] count
);
  always @(posedge clk) begin
    if (rst)
      count <= 4'd0
    else if (en)
      count <= count + 1;
  end
endmodule`

/** 4 groups of 8 rollouts of a step. */
export function demoRollouts(step: number): RolloutRecord[] {
  return TASKS.flatMap(([family, instruction], group) =>
    Array.from({ length: 8 }, (_, index): RolloutRecord => {
      const kind = (index * 7 + group * 3 + step) % 8
      const scores = scoresOf(kind)
      const reward = group === 3 ? 1 : [1, 0.86, 0.93, 0.41, 0.55, 0.1, 0.38, 0][kind]!
      const code = kind === 7 ? '' : kind === 5 ? BROKEN : CODE
      const reasoning = 'registers: 4\nreset: sync high\nclock: rising\ncount: registered\nlatches: none'
      return {
        step,
        index,
        group,
        taskId: `${family}-${group * 17 + 3}`,
        family,
        instruction,
        promptTokens: 90,
        completion:
          kind === 7
            ? 'I think the counter should count up when'
            : `<reason>\n${reasoning}\n</reason>\n\`\`\`verilog\n${code}\n\`\`\``,
        completionTokens: kind === 7 ? 384 : 140 + index * 3,
        isTruncated: kind === 7,
        scores: group === 3 ? scoresOf(0) : scores,
        code: group === 3 ? CODE : code,
        reasoning,
        reward,
        advantage: group === 3 ? 0 : (reward - 0.53) / 0.34,
      }
    }),
  )
}

function scoresOf(kind: number): Scores {
  const good = (summary: string) => ({ value: 1, outcome: 'passed' as const, evidence: { summary } })
  const missed = { value: 0, outcome: 'not-reached' as const, evidence: { summary: 'The module does not compile.' } }
  if (kind === 7) {
    const none = {
      value: 0,
      outcome: 'no-module' as const,
      evidence: { summary: 'There is no complete module in the completion.' },
    }
    return { compilation: none, functional: missed, synthesis: missed, reasoning: missed, quality: missed }
  }
  const reasoning = {
    value: kind === 0 ? 1 : 0.8,
    outcome: kind === 0 ? ('passed' as const) : ('partial' as const),
    evidence: {
      summary: kind === 0 ? 'All 5 statements are true.' : '4 of 5 statements are true.',
      statements: [
        { text: 'registers: 4', isTrue: true, note: '' },
        { text: 'reset: sync high', isTrue: kind === 0, note: kind === 0 ? '' : 'the netlist has no reset' },
        { text: 'clock: rising', isTrue: true, note: '' },
        { text: 'count: registered', isTrue: true, note: '' },
        { text: 'latches: none', isTrue: true, note: '' },
      ],
    },
  }
  if (kind === 5) {
    const compilation = {
      value: 0,
      outcome: 'compile-error' as const,
      evidence: {
        summary: 'Yosys refuses the module.',
        diagnostics: [{ severity: 'error' as const, line: 10, message: "syntax error, unexpected TOK_ELSE, expecting ';'" }],
      },
    }
    return { compilation, functional: missed, synthesis: missed, reasoning: missed, quality: missed }
  }
  const functional =
    kind >= 3
      ? {
          value: 0.42,
          outcome: 'failed' as const,
          evidence: {
            summary: 'The outputs differ from the reference.',
            cycles: 256,
            matchingCycles: 148,
            counterexample: {
              sequence: 2,
              cycle: 7,
              inputs: { rst: '0', en: '0' },
              expected: { count: '6' },
              actual: { count: '7' },
            },
          },
        }
      : {
          value: 1,
          outcome: 'passed' as const,
          evidence: { summary: 'Every compared cycle equals the reference.', cycles: 256, matchingCycles: 256 },
        }
  const synthesis =
    kind === 4
      ? { value: 0, outcome: 'latch' as const, evidence: { summary: 'A latch is inferred for count.' } }
      : {
          value: 1,
          outcome: 'passed' as const,
          evidence: { summary: 'Synthesises without a latch.', cellCount: 14, referenceCellCount: 13 },
        }
  const quality = {
    value: 0.9,
    outcome: 'partial' as const,
    evidence: {
      summary: 'One deduction.',
      deductions: [{ reason: 'width of the literal is not stated', amount: 0.1 }],
      diagnostics: [{ severity: 'warning' as const, line: 12, message: 'operator + extends to 32 bits' }],
    },
  }
  return { compilation: good('Yosys reads the module without errors.'), functional, synthesis, reasoning, quality }
}
