/**
 * `npm run bench screens`: the screens over a data folder of 500 runs, in a real Chromium. The folder is made once (a gigabyte in the temporary folder,
 * several minutes of taking it in) and kept; VERITUNE_BENCH_FRESH=1 makes its store again and times that.
 */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { launchBrowser } from '#test/support/browser'
import { startHost } from '#test/support/host-process'
import { middle, type Measured } from './measured.ts'
import { keepCompiled } from '../../scripts/compile-cache.mjs'
import { frameWork, type FrameWork } from './screens-frames.ts'
import { largeHome, LONG_RUN, LONG_STEPS, METRIC_COUNT, RUNS, STEPS } from './screens-store.ts'

const TRIES = 5
const PATIENCE_MS = 60_000
const COMPARED = 50
/** A pointer moves over a chart for so many frames. */
const FRAMES = 60
/** What was asked for is read and drawn by then. */
const REST_MS = 1_000

export async function measureScreens(): Promise<Measured[]> {
  const choice = await launchBrowser()
  if (choice.browser === null) {
    console.log(`Left out: screens. ${choice.reason}`)
    return []
  }
  // As the commands start it.
  keepCompiled()
  const home = largeHome()
  try {
    const ingest = await takenIn(home)
    const start = performance.now()
    const host = await startHost(home)
    const page = await choice.browser.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(PATIENCE_MS)
    await page.goto(host.url)
    await page.locator('tbody tr:not([aria-hidden])').first().waitFor()
    const cold = (performance.now() - start) / 1000
    const rows = [...ingest, row('Screens, cold start', cold, 's', `host started to ${RUNS + 1} runs shown, ${choice.name}`)]
    rows.push(await opened(page, 'runs', '#/runs', 'tbody tr:not([aria-hidden])', `a table of ${RUNS + 1} runs`))
    const ids = Array.from({ length: COMPARED }, (_, i) => `run-${String(i).padStart(3, '0')}`)
    rows.push(await opened(page, 'comparison', `#/compare/${ids.join()}/run`, 'canvas', `${COMPARED} runs of ${STEPS} steps`))
    rows.push(...(await frames(page, `charts of ${COMPARED} series`)))
    rows.push(
      await opened(page, 'comparison of 10', `#/compare/${ids.slice(0, 10).join()}/run`, 'canvas', `10 runs of ${STEPS} steps`),
    )
    rows.push(...(await frames(page, 'charts of 10 series')))
    rows.push(await opened(page, 'run page', `#/runs/${LONG_RUN}`, 'canvas', `a run of ${LONG_STEPS.toLocaleString('en')} steps`))
    rows.push(...(await frames(page, 'charts of the long run')))
    await host.kill()
    return rows
  } finally {
    await choice.browser.close()
  }
}

function row(what: string, value: number, unit: string, how: string): Measured {
  return { what, value, unit, how }
}

/** Waits until every journal is in the store. */
async function takenIn(home: string): Promise<Measured[]> {
  const store = join(home, 'store.sqlite')
  const isFresh = !existsSync(store) || process.env.VERITUNE_BENCH_FRESH !== undefined
  if (!isFresh) return []
  for (const ending of ['', '-wal', '-shm']) rmSync(store + ending, { force: true })
  const start = performance.now()
  const { createWorkbench } = await import('#workbench/workbench')
  const { checkoutLocations } = await import('#workbench/locations')
  const { REPOSITORY } = await import('#test/support/run-builders')
  const workbench = await createWorkbench({ home, ...checkoutLocations(REPOSITORY), isOpenedSoon: true })
  const opened = (performance.now() - start) / 1000
  for (;;) {
    const runs = await workbench.api['runs.list']()
    if (runs.length === RUNS + 1 && runs.every(({ status }) => status === 'finished')) break
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
  const seconds = (performance.now() - start) / 1000
  await workbench.close()
  const points = (RUNS * STEPS + LONG_STEPS) * METRIC_COUNT
  return [
    row(
      'Store, new',
      points / seconds,
      'points/s',
      `${points.toLocaleString('en')} points of ${RUNS + 1} journals; open after ${opened.toFixed(1)} s`,
    ),
  ]
}

/** Median of tries from the address to the first drawn frame that has what is wanted. */
async function opened(page: Page, what: string, hash: string, selector: string, how: string): Promise<Measured> {
  const seconds: number[] = []
  for (let i = 0; i < TRIES; i++) {
    // A page that asks nothing of the machine: Settings would try its tools meanwhile.
    await page.evaluate("location.hash = '#/experiments'")
    await page.getByRole('heading', { name: 'Experiments' }).first().waitFor()
    const start = performance.now()
    await page.evaluate(`location.hash = '${hash}'`)
    await page.locator(selector).first().waitFor()
    await drawn(page)
    seconds.push((performance.now() - start) / 1000)
  }
  return row(`Screens, ${what} opens`, middle(seconds), 's', `${how}, median of ${TRIES}, to the first frame after it is there`)
}

/** The first chart, where there is one, has lines and not only axes. */
async function drawn(page: Page): Promise<void> {
  // Not waitForFunction, which the page's policy forbids.
  while (!(await page.evaluate("!document.querySelector('figure.chart')?.querySelector('.empty')"))) await page.waitForTimeout(5)
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
}

/** Main-thread work of a frame while a pointer moves over the first chart, and while a part of it is moved along. */
async function frames(page: Page, how: string): Promise<Measured[]> {
  const box = await page.locator('canvas').first().boundingBox()
  if (box === null) throw new Error('there is no chart')
  const [left, middle] = [box.x + 50, box.y + box.height / 2]
  const width = box.width - 60
  const pointed = await frameWork(page, FRAMES, (i) => page.mouse.move(left + (width * i) / (2 * FRAMES), middle))
  const plot = page.getByRole('slider').first()
  await plot.focus()
  for (const key of ['+', '+']) await plot.press(key)
  await page.waitForTimeout(REST_MS)
  await page.keyboard.down('Shift')
  await page.mouse.move(left, middle)
  await page.mouse.down()
  const panned = await frameWork(page, FRAMES, (i) => page.mouse.move(left + 2 * i, middle))
  await page.mouse.up()
  await page.keyboard.up('Shift')
  await plot.press('Escape')
  return [work('pointer over', how, pointed), work('moving along', how, panned)]
}

function work(what: string, how: string, { median, p95 }: FrameWork): Measured {
  return row('Screens, work of a frame', median, 'ms', `${what} ${how}, median of ${FRAMES}; 19 of 20 below ${p95.toFixed(1)} ms`)
}
