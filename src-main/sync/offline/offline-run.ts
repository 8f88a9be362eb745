/** A run -> the records of an offline run, in the order in which W&B's tool reads them. */
import type { Line } from '../lines.ts'
import { summaryOf } from '../summary.ts'
import {
  exitContent,
  headerContent,
  historyContent,
  runContent,
  summaryContent,
  type Content,
  type OfflineEnd,
  type OfflineRun,
} from './records.ts'

/** `end` null: the run goes on, and what is sent does not end it. */
export function* offlineRecords(run: OfflineRun, lines: readonly Line[], end: OfflineEnd | null): Generator<Content> {
  yield headerContent('veritune')
  yield runContent(run)
  for (const { values, number } of lines) yield historyContent(values, number)
  yield summaryContent(summaryOf(lines))
  yield exitContent(end)
}
