/** Main-thread work of a page, frame by frame, as Chromium counts it: processor time, so that a busy machine does not show. */
import type { CDPSession, Page } from 'playwright-core'
import { middle } from './measured.ts'

export interface FrameWork {
  /** Milliseconds. */
  readonly median: number
  /** 19 of 20 frames take no longer. */
  readonly p95: number
}

/** Moves before the first frame that counts: code that runs for the first time is compiled. */
const WARM_UP = 20

/** Does something before each of so many frames. */
export async function frameWork(page: Page, frameCount: number, move: (frame: number) => Promise<void>): Promise<FrameWork> {
  const session: CDPSession = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const work = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN)
  }
  const milliseconds: number[] = []
  for (let i = -WARM_UP; i < frameCount; i++) {
    const before = await work()
    await move(i + WARM_UP)
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))')
    const after = await work()
    if (i >= 0) milliseconds.push(after - before)
  }
  await session.detach()
  const sorted = milliseconds.toSorted((a, b) => a - b)
  return { median: middle(sorted), p95: sorted[Math.floor(0.95 * sorted.length)]! }
}
