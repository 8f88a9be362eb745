/**
 * The journal: append-only JSON lines written by one trainer, the truth about a run.
 * Readers skip event types that they do not know.
 */
import { z } from 'zod'
import { BUDGET_KINDS } from './run-config.ts'
import { SPLITS } from './splits.ts'
import { rewardProfileSchema } from './reward-profile.ts'
import { scoresSchema } from './score.ts'

const metricsSchema = z.record(z.string(), z.number())
const line = { seq: z.int().min(1), time: z.string() }

export const RUN_OUTCOMES = ['finished', 'stopped', 'failed', 'out-of-memory'] as const
export type RunOutcome = (typeof RUN_OUTCOMES)[number]

export const journalEventSchema = z.discriminatedUnion('type', [
  z.object({ ...line, type: z.literal('run.started'), nonce: z.string(), fromStep: z.int() }),
  z.object({ ...line, type: z.literal('run.resumed'), nonce: z.string(), fromStep: z.int() }),
  z.object({ ...line, type: z.literal('step.finished'), step: z.int().min(1), metrics: metricsSchema, rolloutFile: z.string() }),
  z.object({
    ...line,
    type: z.literal('eval.finished'),
    step: z.int().min(0),
    split: z.enum(SPLITS),
    datasetHash: z.string(),
    metrics: metricsSchema,
  }),
  z.object({ ...line, type: z.literal('checkpoint.saved'), step: z.int().min(0), directory: z.string() }),
  z.object({ ...line, type: z.literal('control.applied'), step: z.int(), id: z.string(), command: z.string() }),
  z.object({ ...line, type: z.literal('reward.changed'), step: z.int(), profile: rewardProfileSchema }),
  z.object({
    ...line,
    type: z.literal('health.warned'),
    step: z.int(),
    code: z.string(),
    /** The numbers, then what to do. */
    evidence: z.string(),
    /** A run that is to pause on alerts pauses for it. */
    isSevere: z.boolean().default(false),
  }),
  /** Judges of one step that came to different verdicts: how many rollouts, and of which tasks. */
  z.object({ ...line, type: z.literal('judge.disagreed'), step: z.int(), count: z.int().min(1), taskIds: z.array(z.string()) }),
  z.object({ ...line, type: z.literal('judge.changed'), step: z.int(), before: z.string(), now: z.string() }),
  /** Memory ran out in `step`; the engine was opened again with microbatches of `to` rollouts, and the run goes on after `toStep`. */
  z.object({
    ...line,
    type: z.literal('microbatch.halved'),
    step: z.int(),
    toStep: z.int().min(0),
    from: z.int().min(2),
    to: z.int().min(1),
    /** While it was tried what fits, before a step. */
    isInProbe: z.boolean().optional(),
    evidence: z.string(),
  }),
  /** The largest that the run asks for was tried before its first step: what it took beside what was estimated, bytes; null without an estimate. */
  z.object({
    ...line,
    type: z.literal('memory.probed'),
    step: z.int(),
    peakBytes: z.number(),
    estimatedBytes: z.number().nullable(),
    microbatchSeconds: z.number(),
  }),
  /** A process of the engine was lost in `step`; torchrun began all of them anew, and the run goes on after `toStep`. */
  z.object({ ...line, type: z.literal('engine.restarted'), step: z.int(), toStep: z.int().min(0), evidence: z.string() }),
  /** A bound of the run's budget was reached by `step`, which is therefore the last. */
  z.object({ ...line, type: z.literal('budget.used-up'), step: z.int(), kind: z.enum(BUDGET_KINDS), limit: z.number() }),
  z.object({ ...line, type: z.literal('rewound'), toStep: z.int().min(0) }),
  /** `alerts`: codes of the severe warnings that it paused for; left out where a person paused it. */
  z.object({ ...line, type: z.literal('run.paused'), step: z.int(), alerts: z.array(z.string()).optional() }),
  z.object({ ...line, type: z.literal('run.continued'), step: z.int() }),
  z.object({
    ...line,
    type: z.literal('run.ended'),
    step: z.int(),
    outcome: z.enum(RUN_OUTCOMES),
    /** A sentence when the outcome is not `finished`. */
    reason: z.string().optional(),
    remedy: z.string().optional(),
  }),
])
export type JournalEvent = z.infer<typeof journalEventSchema>
export type JournalEventType = JournalEvent['type']
type WithoutLine<T> = T extends unknown ? Omit<T, 'seq' | 'time'> : never
/** An event before the journal has given it its number and time. */
export type JournalEntry = WithoutLine<JournalEvent>

/** One line of a rollout file (`rollouts/step-000012.jsonl`; evaluations: `rollouts/eval-000010.jsonl`). */
export const rolloutRecordSchema = z.object({
  step: z.int(),
  index: z.int(),
  group: z.int(),
  taskId: z.string(),
  family: z.string(),
  instruction: z.string(),
  promptTokens: z.int(),
  completion: z.string(),
  completionTokens: z.int(),
  isTruncated: z.boolean(),
  scores: scoresSchema,
  code: z.string(),
  reasoning: z.string(),
  /** null: a weighted component was unscored, so the rollout does not take part. */
  reward: z.number().nullable(),
  /** Mean advantage over the completion's tokens. */
  advantage: z.number(),
  /** Of an imported run alone: what each of its reward functions gave; null where it gave nothing. */
  functionRewards: z.record(z.string(), z.number().nullable()).optional(),
})
export type RolloutRecord = z.infer<typeof rolloutRecordSchema>
