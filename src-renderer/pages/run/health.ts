/** What the watch over a run found, in plain words. */
import { WARNINGS, type WarningDefinition } from '#contract/health-warnings'
import type { JournalEvent } from '#contract/journal'
import { counted } from '../../format/number.ts'
import { spaced } from '../../format/words.ts'

export interface HealthFinding {
  /** What is watched; one finding each. */
  readonly code: string
  readonly title: string
  readonly isSevere: boolean
  /** Step of the newest warning. */
  readonly step: number
  /** Its numbers, then what to do. */
  readonly text: string
  /** How often it was said. */
  readonly count: number
  /** What is measured and why from there on; '' where no rule stands behind it. */
  readonly rule: string
}

const KNOWN: Readonly<Record<string, WarningDefinition>> = WARNINGS

/** One finding for each kind of warning, severe ones first, then the newest. What was said of steps that were made again does not count. */
export function findingsOf(events: readonly JournalEvent[]): HealthFinding[] {
  let findings = new Map<string, HealthFinding>()
  for (const event of events) {
    if (event.type === 'rewound') {
      findings = new Map([...findings].filter(([, { step }]) => step <= event.toStep))
      continue
    }
    const finding = findingOf(event)
    if (finding) findings.set(finding.code, { ...finding, count: (findings.get(finding.code)?.count ?? 0) + 1 })
  }
  return [...findings.values()].sort((a, b) => Number(b.isSevere) - Number(a.isSevere) || b.step - a.step)
}

function findingOf(event: JournalEvent): HealthFinding | null {
  switch (event.type) {
    case 'health.warned': {
      const known = KNOWN[event.code]
      return {
        code: event.code,
        title: known?.title ?? spaced(event.code),
        isSevere: event.isSevere,
        step: event.step,
        text: event.evidence,
        count: 1,
        rule: known === undefined ? '' : `${known.watches} Limit ${known.limit}. ${known.reason}`,
      }
    }
    case 'judge.disagreed':
      return plain(
        'judge.disagreed',
        'The judges disagree',
        event.step,
        `${counted(event.count, 'rollout')} of ${event.taskIds.join(', ')}; they earn nothing.`,
      )
    case 'judge.changed':
      return plain('judge.changed', 'Scored by other tools', event.step, `Before: ${event.before}. From here on: ${event.now}.`)
    case 'engine.restarted':
      return plain('engine.restarted', 'Engine begun again', event.step, event.evidence)
    case 'microbatch.halved':
      return plain('microbatch.halved', 'Out of memory', event.step, event.evidence)
    default:
      return null
  }
}

function plain(code: string, title: string, step: number, text: string): HealthFinding {
  return { code, title, isSevere: false, step, text, count: 1, rule: '' }
}

/** What a severe warning does in this run, and whether it holds the run now. */
export function alertWords(events: readonly JournalEvent[], onAlert: 'warn' | 'pause'): string {
  const last = events.findLast(
    ({ type }) => type === 'run.paused' || type === 'run.continued' || type === 'run.resumed' || type === 'run.ended',
  )
  if (last?.type === 'run.paused' && last.alerts !== undefined) {
    const names = last.alerts.map((code) => KNOWN[code]?.title ?? spaced(code)).join(', ')
    return `Paused at step ${last.step} because of: ${names}. A checkpoint was saved; Continue goes on as before, Clone goes on with other settings.`
  }
  return onAlert === 'pause' ? 'A severe warning pauses this run.' : 'Severe warnings are said; they do not pause this run.'
}
