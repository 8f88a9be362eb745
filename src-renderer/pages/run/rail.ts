/** What happened along a run, as marks over its steps. */
import type { JournalEvent } from '#contract/journal'
import { formatNumber, formatPercent } from '../../format/number.ts'

export type MarkKind = 'eval' | 'checkpoint' | 'weights' | 'warning' | 'pause' | 'resume'

export interface RailMark {
  readonly kind: MarkKind
  readonly step: number
  /** Journal number: tells apart two events of a step. */
  readonly seq: number
  readonly text: string
}

/** Two lanes, so that an evaluation and the checkpoint of the same step do not hide each other. */
export const MARK_LOOK: Record<MarkKind, { readonly sign: string; readonly title: string; readonly lane: 0 | 1 }> = {
  eval: { sign: '●', title: 'evaluation', lane: 0 },
  checkpoint: { sign: '■', title: 'checkpoint', lane: 1 },
  weights: { sign: '◆', title: 'reward weights', lane: 0 },
  warning: { sign: '▲', title: 'warning', lane: 0 },
  pause: { sign: '‖', title: 'pause', lane: 1 },
  resume: { sign: '▶', title: 'continue, resume', lane: 1 },
}

/** The mark of an event; null for events that are no landmark. */
export function markOf(event: JournalEvent): RailMark | null {
  const at = (kind: MarkKind, step: number, text: string): RailMark => ({ kind, step, seq: event.seq, text })
  switch (event.type) {
    case 'eval.finished':
      return at('eval', event.step, evaluationText(event.split, event.metrics))
    case 'checkpoint.saved':
      return at('checkpoint', event.step, `checkpoint saved in ${event.directory}`)
    case 'reward.changed':
      return at('weights', event.step, `reward weights from here: ${weightsText(event.profile.weights)}`)
    case 'health.warned':
      return at('warning', event.step, `${alertText([event.code])}: ${event.evidence}`)
    case 'judge.disagreed':
      return at('warning', event.step, `the judges disagree about ${event.count} rollouts of ${event.taskIds.join(', ')}`)
    case 'microbatch.halved':
      return at('warning', event.step, `out of memory: ${event.evidence}`)
    case 'engine.restarted':
      return at('warning', event.step, event.evidence)
    case 'budget.used-up':
      return at('warning', event.step, `the last step: the budget of ${formatNumber(event.limit)} ${event.kind} is used up`)
    case 'judge.changed':
      return at('warning', event.step, `the judge changed from ${event.before} to ${event.now}`)
    case 'run.paused':
      return at('pause', event.step, event.alerts === undefined ? 'paused' : `paused because of ${alertText(event.alerts)}`)
    case 'run.continued':
      return at('resume', event.step, 'continued')
    case 'run.resumed':
      return at('resume', event.fromStep, `resumed after step ${event.fromStep}`)
    case 'rewound':
      return at('resume', event.toStep, `went back to step ${event.toStep}`)
    default:
      return null
  }
}

function alertText(codes: readonly string[]): string {
  return codes.map((code) => code.replaceAll('-', ' ')).join(', ')
}

function evaluationText(split: string, metrics: Readonly<Record<string, number>>): string {
  const pass = Object.entries(metrics).find(([key]) => /^[^/]+\/pass@1$/.test(key))
  return `evaluation on ${split}${pass ? `: pass@1 ${formatPercent(pass[1])}` : ''}`
}

function weightsText(weights: Readonly<Record<string, number>>): string {
  return Object.entries(weights)
    .map(([component, weight]) => `${component} ${formatNumber(weight)}`)
    .join(', ')
}

export interface RailSpot {
  /** 0 to 1 along the rail. */
  readonly place: number
  readonly kind: MarkKind
  /** Events of one kind too near to each other to be told apart; in order. */
  readonly marks: readonly RailMark[]
  /** How many spots of the same lane stand at this place already. */
  readonly level: number
}

/**
 * Marks along the rail, in order of their steps. Those of a kind that are nearer than a `places`th of the rail share a spot, so that a long run
 * stays readable and light; spots of different kinds in a lane that are as near stand side by side.
 */
export function spotsOf(marks: readonly RailMark[], lastStep: number, places: number): RailSpot[] {
  const spots: { place: number; kind: MarkKind; marks: RailMark[]; level: number }[] = []
  for (const mark of marks.toSorted((a, b) => a.step - b.step || a.seq - b.seq)) {
    const { lane } = MARK_LOOK[mark.kind]
    const place = Math.min(mark.step, lastStep) / Math.max(lastStep, 1)
    // They come in order, and no two of a kind can be as near as that: at most one of each kind.
    const near = spots.slice(-Object.keys(MARK_LOOK).length).filter((spot) => place - spot.place < 1 / places - 1e-9)
    const same = near.find(({ kind }) => kind === mark.kind)
    if (same) same.marks.push(mark)
    else
      spots.push({
        place,
        kind: mark.kind,
        marks: [mark],
        level: near.filter(({ kind }) => MARK_LOOK[kind].lane === lane).length,
      })
  }
  return spots
}
