/** The form of a new run: what the run takes, before it is started; its place in the queue; and the experiment that is made of it instead. Real host, real trainers of the fake engine, real browser. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunDetail } from '#contract/api'
import type { ExperimentState } from '#contract/experiment'
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
    // Runs outlive their workbench.
    for (const pid of trainers()) process.kill(pid, 'SIGKILL')
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  function trainers(): number[] {
    const locks = readdirSync(join(home, 'runs')).map((run) => join(home, 'runs', run, 'run.lock'))
    return locks.filter((lock) => existsSync(lock)).map((lock) => (JSON.parse(readFileSync(lock, 'utf8')) as { pid: number }).pid)
  }

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

  test('a form that nobody touched takes nothing along to an experiment', async () => {
    await page.getByRole('link', { name: 'Start PPO and GRPO × seeds instead' }).click()
    // Three seeds of two arms with 10 240 completions each, as in the experiment that ships.
    await page.getByText('6 runs, 61\u202f440 completions in all.').waitFor()
    expect(await page.getByRole('button', { name: 'Take the presets as they are' }).count()).toBe(0)
    await page.goBack()
    await part('Weights').waitFor()
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
    await pane().getByText('The fake engine takes next to nothing.').waitFor()
    await pane().getByRole('link', { name: 'the first one' }).waitFor()
    // 16 prompts of 8 are 16 times the 8 completions that were measured.
    await pane()
      .getByText(/^About [\d.]+ s a step, .+ for 60 steps without evaluations\.$/)
      .waitFor()
    expect(await pane().innerText()).toMatch(
      /took [\d.]+ s for 8 completions, the median of 3 steps\. It differs in Completion limit\./,
    )
  })

  test('with nothing else to train a queued run begins; the same settings are not queued twice', async () => {
    for (const [name, value] of [
      ['Steps', '100000'],
      ['Prompts per step', '2'],
      ['Group size', '4'],
      ['Minibatch', '8'],
      ['Microbatch', '8'],
      ['Completion limit', '12'],
      ['Evaluation tasks', '2'],
      ['Name', 'first in line'],
    ] as const)
      await field(name).fill(value)
    await page.getByRole('button', { name: 'Queue' }).press('Enter')
    await page.getByText('“first in line” has begun: nothing else was training.').waitFor()
    expect(await page.getByRole('button', { name: 'Queue' }).isDisabled()).toBe(true)
    await page.getByText('A run is training. Start makes this the next one; Queue puts it behind it.').waitFor()
  })

  test('while another trains, a queued run waits behind all others, and a started one before them', async () => {
    for (const [name, place] of [
      ['second in line', 'number 1 of 1'],
      ['third in line', 'number 2 of 2'],
    ] as const) {
      await field('Name').fill(name)
      await page.getByRole('button', { name: 'Queue' }).click()
      await page.getByText(`“${name}” waits, ${place} in the queue.`).waitFor()
    }
    expect(await seriousFindings(page)).toEqual([])
    await field('Name').fill('urgent')
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByRole('heading', { name: 'urgent' }).waitFor()
    const waiting = (await askPage(page, 'runs.queue')) as string[]
    const named = await Promise.all(waiting.map((id) => askPage(page, 'runs.get', id) as Promise<RunDetail>))
    expect(named.map(({ summary }) => summary.name)).toEqual(['urgent', 'second in line', 'third in line'])
  })

  test('PPO and GRPO × seeds are made of what stands on the form, and said before they start', async () => {
    await page.getByRole('link', { name: 'New run' }).click()
    await field('Name').fill('of the form')
    await field('Model').fill(join(home, 'model'))
    await field('Steps').fill('4')
    await page.getByText('Advanced').click()
    await field('Engine').selectOption('fake')
    await field('Completion limit').fill('12')
    await page.getByRole('link', { name: 'Start PPO and GRPO × seeds instead' }).press('Enter')
    const form = page.getByRole('form', { name: 'PPO and GRPO × seeds' })
    await form.getByText(/^The arms have the settings of the form of a new run/).waitFor()
    expect(await form.getByRole('listitem').allInnerTexts()).toEqual(
      ['GRPO', 'PPO'].map((name) => `Starter ${name}: Model ${join(home, 'model')}, Engine fake, Completion limit 12.`),
    )
    expect(await form.getByLabel('Completions a run').inputValue()).toBe('512')
    expect(await seriousFindings(page)).toEqual([])
    // What was handed over stands there again after the page is read anew.
    await page.reload()
    await form.getByLabel('Seeds').fill('1')
    await form.getByRole('button', { name: 'Start these runs' }).click()
    await page.getByRole('heading', { name: 'GRPO and PPO, one seed' }).waitFor()
    const [experiment] = (await askPage(page, 'experiments.list')) as ExperimentState[]
    const overrides = { model: join(home, 'model'), engine: 'fake', 'sampling.maxCompletionTokens': 12 }
    expect(experiment!.plan.arms.map((arm) => [arm.preset, arm.overrides])).toEqual([
      ['starter-grpo', overrides],
      ['starter-ppo', overrides],
    ])
    expect(experiment!.plan.budget.rollouts).toBe(512)
  })

  test('the presets as they are can be taken instead', async () => {
    await page.getByRole('link', { name: 'New run' }).click()
    await field('Group size').fill('4')
    await page.getByRole('link', { name: 'Start PPO and GRPO × seeds instead' }).click()
    const form = page.getByRole('form', { name: 'PPO and GRPO × seeds' })
    await form.getByRole('button', { name: 'Take the presets as they are' }).press('Enter')
    expect(await form.getByRole('listitem').count()).toBe(0)
  })
})
