/** A run that ends while nobody looks is told by the system's own notice. */
import { BrowserWindow, Notification } from 'electron'
import type { RunStatus, RunSummary } from '#contract/api'
import type { Workbench } from '#workbench/answer-call'

/** Of a run that was under way. One that a person stopped is no news. */
const ENDS: Partial<Readonly<Record<RunStatus, string>>> = {
  finished: 'finished',
  failed: 'failed',
  'out-of-memory': 'ran out of memory',
  crashed: 'crashed',
}

/** `open` shows the run that a person chose. */
export async function tellRunEnds(workbench: Workbench, open: (runId: string) => void): Promise<void> {
  /** A notice that nobody holds loses its click. */
  const shown = new Set<Notification>()
  const ended = new Set((await workbench.api['runs.list']()).filter(hasEnded).map(({ id }) => id))
  workbench.on('runs.changed', ({ id, summary }) => {
    if (summary === null || !hasEnded(summary)) return void ended.delete(id)
    if (ended.has(id)) return
    ended.add(id)
    const words = endWords(summary)
    if (words === null || BrowserWindow.getFocusedWindow() !== null || !Notification.isSupported()) return
    const notice = new Notification(words)
    shown.add(notice)
    notice.on('click', () => open(id))
    notice.on('close', () => shown.delete(notice))
    notice.show()
  })
}

/** Title and text of the notice; null where there is nothing to tell. */
export function endWords({
  name,
  status,
  step,
  steps,
  evaluated,
}: Pick<RunSummary, 'name' | 'status' | 'step' | 'steps' | 'evaluated'>): { title: string; body: string } | null {
  const end = ENDS[status]
  if (end === undefined) return null
  const measured =
    evaluated === null
      ? ''
      : ` Functional pass@1 on validation: ${Math.round(evaluated.passAt1 * 100)} % at step ${evaluated.step}.`
  return { title: `${name} ${end}`, body: `Step ${step} of ${steps}.${measured}` }
}

function hasEnded({ status }: RunSummary): boolean {
  return status === 'stopped' || status in ENDS
}
