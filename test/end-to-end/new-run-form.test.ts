/** The form of a new run says what the run takes, before it is started. Real host, real trainers of the fake engine, real browser. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { modelConfigJson } from '#trainer/engines/onnx/model/config'
import { writeFakeModel } from '#test/cli/fake-model'
import { askPage } from '#test/support/ask-page'
import { seriousFindings } from '#test/support/axe'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { SMALL_RUN } from '#test/support/open-workbench'
import { TINY_CONFIG } from '#test/support/tiny-llama'

const PATIENCE_MS = 240_000
const eventually = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 120_000, interval: 100 })

const choice = await launchBrowser()
const title = choice.browser ? `in ${choice.name}` : `in a browser (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-form-'))
  let host: HostProcess
  let page: Page
  /** Calls of this page, by method. */
  const asked: string[] = []

  beforeAll(async () => {
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(120_000)
    page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => void asked.push((JSON.parse(String(payload)) as { method: string }).method)),
    )
    await page.goto(host.url)
    await page.evaluate(`location.hash = '#/new'`)
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  const pane = () => page.getByRole('region', { name: 'What it takes' })
  const field = (name: string) => page.getByLabel(name, { exact: true })
  const settled = () => eventually(() => pane().getAttribute('aria-busy')).toBe('false')
  const part = (name: string) => pane().getByRole('row', { name: new RegExp(`^${name} `) })

  test('memory part by part beside what there is, and that no step was measured yet', async () => {
    await pane()
      .getByText(/^✔ [\d.]+ GB of [\d.]+ GB that this computer can give now\.$/)
      .waitFor()
    for (const name of ['Weights', 'Adapter', 'Optimizer', 'Key-value cache', 'Kept compiled graphs']) {
      expect(await part(name).innerText(), name).toMatch(/\d (kB|MB|GB)$/)
    }
    await pane().getByText('Not known before the first step').waitFor()
    expect(await seriousFindings(page)).toEqual([])
  })

  test('follows what is typed, once for a number and not for a name', async () => {
    await settled()
    const before = await part('Key-value cache').innerText()
    const askedBefore = asked.filter((method) => method === 'models.inspect').length
    await field('Name').pressSequentially(' of tonight')
    await field('Group size').fill('')
    await field('Group size').pressSequentially('16')
    await eventually(() => part('Key-value cache').innerText()).not.toBe(before)
    await settled()
    const times = asked.filter((method) => method === 'models.inspect').length - askedBefore
    // A digit that was typed slowly on a busy machine may have been asked about.
    expect(times).toBeGreaterThan(0)
    expect(times).toBeLessThan(3)
  })

  test('a setting to mend is not asked about: the last answer stays and says so', async () => {
    const before = await part('Key-value cache').innerText()
    await field('Group size').fill('0')
    await pane().getByText('as before the setting to mend').waitFor()
    expect(await part('Key-value cache').innerText()).toBe(before)
    await field('Group size').fill('8')
  })

  test('a model that cannot fit is said to, with what to change; one that is not there cannot be counted', async () => {
    const folder = join(home, 'large')
    mkdirSync(folder)
    const large = { ...TINY_CONFIG, hiddenSize: 65_536, intermediateSize: 262_144, layerCount: 3, headCount: 64, headSize: 1024 }
    writeFileSync(join(folder, 'config.json'), JSON.stringify(modelConfigJson(large, { bos: 1, eos: 0, pad: 2 })))
    await field('Model').fill(folder)
    await pane()
      .getByText(/^▲ [\d\u202f.]+ [GT]B, more than the [\d.]+ GB that this computer can give now\.$/)
      .waitFor()
    await pane().getByText('Choose a smaller model, or a computer with more memory.').waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await field('Model').fill('/no/such/model')
    await pane()
      .getByText(/^It cannot be counted\..*\/no\/such\/model/)
      .waitFor()
    expect(await pane().getByRole('table').count()).toBe(0)
    await field('Model').fill('starter')
    await pane()
      .getByText(/^✔ [\d.]+ GB of/)
      .waitFor()
  })

  test('time as a run of the same engine and model measured it, by its name', async () => {
    const model = writeFakeModel(join(home, 'model'))
    const overrides = { ...SMALL_RUN, model, name: 'the first one' }
    const { id } = (await askPage(page, 'runs.create', { preset: 'starter-grpo', overrides })) as { id: string }
    await eventually(() => askPage(page, 'runs.get', id)).toMatchObject({ summary: { status: 'finished' } })
    await page.getByText('Advanced').click()
    await field('Engine').selectOption('fake')
    await field('Model').fill(model)
    await pane().getByText('It is counted for the embedded engine alone.').waitFor()
    await pane().getByRole('link', { name: 'the first one' }).waitFor()
    // 16 prompts of 8 are 16 times the 8 completions that were measured.
    await pane()
      .getByText(/^About [\d.]+ s a step, .+ for 60 steps without evaluations\.$/)
      .waitFor()
    expect(await pane().innerText()).toMatch(
      /took [\d.]+ s for 8 completions, the median of 3 steps\. It differs in Completion limit\./,
    )
  })
})
