/**
 * `npm run bench page-memory`: the open page of a run that goes on for hours, in a real Chromium; a step a second, written as fast as the page takes them. What the page keeps of a run is
 * bounded: curves are gathered anew after some thousands of steps, and all else is there once.
 */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CDPSession, Page } from 'playwright-core'
import { RUN_FILES, type RunLock } from '#contract/run-directory'
import { launchBrowser } from '#test/support/browser'
import { startHost } from '#test/support/host-process'
import { aConfig, writeRun } from '#test/support/run-builders'
import type { Measured } from './measured.ts'
import { METRIC_KEYS } from './screens-store.ts'

const RUN = 'going'
/** Steps of an hour, and how many are written at once. */
const HOUR = 3_600
const PART = 60
/** Some minutes in: all code has run, and everything that is there once is there. */
const EARLY = 600
const HOURS = [1, 2, 3]
const PATIENCE_MS = 60_000

interface Held {
  readonly megabytes: number
  readonly nodes: number
  readonly listeners: number
}

export async function measurePageMemory(): Promise<Measured[]> {
  const choice = await launchBrowser()
  if (choice.browser === null) {
    console.log(`Left out: page-memory. ${choice.reason}`)
    return []
  }
  const home = mkdtempSync(join(tmpdir(), 'veritune-bench-page-'))
  const directory = writeRun(join(home, 'runs'), RUN, [])
  const lock: RunLock = { nonce: 'n', pid: process.pid, host: hostname(), startedAt: new Date().toISOString() }
  writeFileSync(join(directory, RUN_FILES.lock), JSON.stringify(lock))
  writeFileSync(join(directory, RUN_FILES.config), JSON.stringify(aConfig({ name: RUN, steps: HOUR * HOURS.length })))
  const journal = new Journal(join(directory, RUN_FILES.journal))
  const host = await startHost(home)
  try {
    const page = await choice.browser.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(PATIENCE_MS)
    await page.goto(host.url)
    await page.evaluate(`location.hash = '#/runs/${RUN}'`)
    const session = await page.context().newCDPSession(page)
    await session.send('Performance.enable')
    await goOnTo(page, journal, EARLY)
    const rows = row('Page of a run, early', await held(session), `after ${EARLY} steps`)
    for (const hour of HOURS) {
      await goOnTo(page, journal, hour * HOUR)
      rows.push(...row(`Page of a run, hour ${hour}`, await held(session), `after ${(hour * HOUR).toLocaleString('en')} steps`))
    }
    return rows
  } finally {
    await host.kill()
    await choice.browser.close()
    rmSync(home, { recursive: true, force: true })
  }
}

class Journal {
  readonly #file: string
  #seq = 0
  step = 0

  constructor(file: string) {
    this.#file = file
    appendFileSync(file, this.#line({ type: 'run.started', nonce: 'n', fromStep: 0 }))
  }

  append(stepCount: number): void {
    let text = ''
    for (let i = 0; i < stepCount; i++) {
      const step = ++this.step
      const metrics = Object.fromEntries(METRIC_KEYS.map((key, k) => [key, 0.5 + 0.4 * Math.sin(step * (1.7 + k))]))
      text += this.#line({
        type: 'step.finished',
        step,
        metrics,
        rolloutFile: `rollouts/step-${String(step).padStart(6, '0')}.jsonl`,
      })
    }
    appendFileSync(this.#file, text)
  }

  #line(entry: object): string {
    return `${JSON.stringify({ seq: ++this.#seq, time: new Date().toISOString(), ...entry })}\n`
  }
}

/** Until the page shows the step. */
async function goOnTo(page: Page, journal: Journal, step: number): Promise<void> {
  while (journal.step < step) {
    journal.append(Math.min(PART, step - journal.step))
    await page.locator(`[role=slider][aria-valuemax="${journal.step}"]`).first().waitFor()
  }
}

/** After what is not needed is thrown away. */
async function held(session: CDPSession): Promise<Held> {
  for (let i = 0; i < 3; i++) await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  const value = (wanted: string): number => metrics.find(({ name }) => name === wanted)?.value ?? NaN
  return { megabytes: value('JSHeapUsedSize') / 1e6, nodes: value('Nodes'), listeners: value('JSEventListeners') }
}

function row(what: string, { megabytes, nodes, listeners }: Held, how: string): Measured[] {
  return [
    { what, value: megabytes, unit: 'MB', how: `heap of the page ${how}` },
    { what, value: nodes, unit: 'nodes', how: `and ${listeners} listeners` },
  ]
}
