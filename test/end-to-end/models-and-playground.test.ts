/** The way of a person from a model to what it answers. Real host, real engines, a run of a real trainer in a folder of its own. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { startHub } from '#test/support/hub-server'
import { aConfig, REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeRunDirectory } from '#test/support/tiny-trainer'

const choice = await launchBrowser()
const title = choice.browser ? `in ${choice.name}` : `in a browser (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

const STARTER = join(REPOSITORY, 'resources/starter/model')
const RUN = 'a-small-run'

/** Three steps of the fake engine, each with a checkpoint and an evaluation. */
function trainSmallRun(home: string): void {
  const base = aConfig()
  const config = aConfig({
    name: 'a small run',
    engine: 'fake',
    steps: 3,
    promptsPerStep: 2,
    groupSize: 4,
    minibatchSize: 8,
    checkpointEvery: 1,
    checkpoints: { keepLast: 0, keepBest: true },
    evaluation: { every: 2, taskCount: 2, samples: 1 },
    sampling: { ...base.sampling, maxCompletionTokens: 12 },
  })
  const directory = writeRunDirectory(join(home, 'runs', RUN), config)
  const trainer = spawnSync(process.execPath, [join(REPOSITORY, 'src-main/trainer/main.ts'), 'train', directory], {
    env: { ...process.env, VERITUNE_RESOURCES: join(REPOSITORY, 'resources') },
    encoding: 'utf8',
  })
  expect([trainer.status, trainer.stderr]).toEqual([0, ''])
}

/** A model of a kind that nobody here can train. */
function writeOtherModel(folder: string): string {
  cpSync(STARTER, folder, { recursive: true })
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as object
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ ...config, model_type: 'mamba', architectures: ['MambaForCausalLM'] }),
  )
  return folder
}

describe.skipIf(!choice.browser)(title, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-models-'))
  const elsewhere = mkdtempSync(join(tmpdir(), 'veritune-elsewhere-'))
  const problems: string[] = []
  let host: HostProcess
  let page: Page

  async function open(url: string): Promise<Page> {
    const opened = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    opened.setDefaultTimeout(60_000)
    opened.on('pageerror', (error) => problems.push(error.message))
    opened.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    await opened.goto(url)
    return opened
  }

  beforeAll(async () => {
    trainSmallRun(home)
    host = await startHost(home)
    page = await open(host.url)
  }, 180_000)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    for (const folder of [home, elsewhere]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const goTo = (screen: string) => page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: screen }).click()
  const alert = (text: string | RegExp) => page.getByRole('alert').filter({ hasText: text })
  const generate = () => page.getByRole('button', { name: 'Generate' }).click()
  const completionOf = (side: string) => page.getByRole('region', { name: `Completion of ${side}` })

  describe('the screen Models', () => {
    test('shows the starter and the run’s checkpoints, and what the starter is', async () => {
      await goTo('Models')
      const models = page.getByRole('table', { name: 'Models of this workbench' })
      await models.getByRole('row', { name: /Starter model/ }).waitFor()
      expect(await models.getByRole('row', { name: /Starter model/ }).innerText()).toMatch(
        /Llama\s+3\.\d+ M\s+F16\s+.*MB\s+✔ can be trained, in .*B\s+1/,
      )
      expect(await page.getByRole('row', { name: /a small run/ }).innerText()).toMatch(
        /step 2\s+pass@1 \d.*step 3\s+3 checkpoints/s,
      )
      await models.getByRole('link', { name: 'Starter model' }).click()
      const detail = page.getByRole('complementary', { name: 'Starter model' })
      await detail.getByText('comes with VeriTune; 1 run began with it').waitFor()
      expect(await detail.innerText()).toMatch(/✔ a run takes .*B, .*B are free/)
    })

    test('a folder that holds no model is refused with the reason; one of another kind is listed with it', async () => {
      await page.getByLabel('Add a folder').fill(elsewhere)
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      await alert(`${elsewhere} has no config.json`).waitFor()
      const folder = writeOtherModel(join(elsewhere, 'other model'))
      await page.getByLabel('Add a folder').fill(`"${folder}"`)
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      const detail = page.getByRole('complementary', { name: 'other model' })
      await detail.getByRole('alert').filter({ hasText: 'mamba' }).waitFor()
      expect(await detail.getByRole('link', { name: 'Train with this model' }).count()).toBe(0)
      await detail.getByRole('button', { name: 'Take off the list' }).click()
      await page.getByText('Choose a model or a checkpoint to see').waitFor()
      expect(await page.getByRole('row', { name: /other model/ }).count()).toBe(0)
      expect(existsSync(folder)).toBe(true)
    })

    test('a model that is to be trained stands in the new run', async () => {
      cpSync(STARTER, join(elsewhere, 'mine'), { recursive: true })
      await page.getByLabel('Add a folder').fill(join(elsewhere, 'mine'))
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      await page.getByRole('complementary', { name: 'mine' }).getByRole('link', { name: 'Train with this model' }).click()
      await expect.poll(() => page.getByLabel('Model', { exact: true }).inputValue()).toBe(join(elsewhere, 'mine'))
      await page.goBack()
    })

    test('a checkpoint is chosen from the run’s, and is exported only where an engine trained it', async () => {
      await page
        .getByRole('row', { name: /a small run/ })
        .getByRole('link', { name: 'step 2' })
        .click()
      const detail = page.getByRole('complementary', { name: 'a small run, step 2' })
      const table = detail.getByRole('table', { name: 'Checkpoints of a small run' })
      expect(await table.getByRole('row', { name: /step 2/ }).innerText()).toContain('★ best')
      expect(await table.getByRole('row', { name: /step 1/ }).innerText()).toContain('not evaluated')
      expect(await detail.getByLabel('Folder').inputValue()).toBe(join(home, 'exports', `${RUN}-step-2-adapter`))
      await detail.getByLabel('As', { exact: true }).selectOption('merged')
      await detail.getByLabel('Weights as').selectOption('float16')
      await detail.getByRole('button', { name: 'Export' }).click()
      await detail.getByRole('alert').filter({ hasText: 'used the fake engine, which trains no model' }).waitFor()
    })
  })

  test('a checkpoint is gone on from in a clone, which begins at its step', async () => {
    await page.getByRole('link', { name: 'Go on from this checkpoint' }).click()
    await page.getByRole('heading', { name: /Clone/ }).waitFor()
    expect(page.url()).toContain(`#/clone/${RUN}/step/2`)
    await page.goBack()
  })

  describe('the playground', () => {
    test('begins with a run’s best checkpoint beside what it began with', async () => {
      await goTo('Playground')
      await page.getByLabel('Tuned model').waitFor()
      const chosen = (label: string) => page.getByLabel(label).locator('option:checked').innerText()
      expect(await chosen('Tuned model')).toMatch(/^step 2 \(best, .*%\) · a small run$/)
      expect(await chosen('Base model')).toBe('Starter model')
      expect(await page.getByLabel('Split').locator('option').allInnerTexts()).toEqual(['validation', 'train'])
    })

    test('both answer a task, and both are scored with the evidence', async () => {
      await page.getByLabel('Tuned model').selectOption({ label: 'Starter model' })
      await page.getByLabel('Search').fill('gate')
      await page.getByText(/\d+ tasks? found\./).waitFor()
      await generate()
      await page.getByRole('region', { name: 'Functional' }).nth(1).waitFor()
      expect(await completionOf('Base').innerText()).toContain('module')
      // The same model, the same seed.
      expect(await completionOf('Tuned').innerText()).toBe(await completionOf('Base').innerText())
      expect(await page.getByText(/ended by itself · \d+ tokens in .* · onnx on cpu, float32/).count()).toBe(2)
    })

    test('what is stopped half-way stays, with a word that it was stopped', async () => {
      await page.getByLabel('Temperature').fill('5')
      await page.getByLabel('Most tokens').fill('8000')
      const stopped = page.getByText(/^stopped · \d+ tokens? in/)
      // A hot model may end early by chance: another seed, then.
      for (let seed = 1; seed <= 8 && (await stopped.count()) === 0; seed++) {
        await page.getByLabel('Seed').fill(String(seed))
        await generate()
        await page
          .getByRole('button', { name: 'Stop' })
          .click({ timeout: 2000 })
          .catch(() => {})
        await expect.poll(() => page.getByRole('button', { name: 'Generate' }).isEnabled(), { timeout: 60_000 }).toBe(true)
      }
      expect(await stopped.count()).toBeGreaterThan(0)
      expect(await page.getByRole('region', { name: 'Functional' }).count()).toBeLessThan(2)
    })

    test('own words that are longer than the context are refused on both sides, and nothing that was typed is lost', async () => {
      await page.getByLabel('own words').check()
      const words = 'a counter of clocks '.repeat(500)
      await page.getByLabel('Own words', { exact: true }).fill(words)
      await generate()
      await alert(/The prompt has \d+ tokens, and the model reads 512 with its answer/)
        .nth(1)
        .waitFor()
      expect(await page.getByLabel('Own words', { exact: true }).inputValue()).toBe(words)
    })

    test('settings that cannot be used are said before anything is asked', async () => {
      await page.getByLabel('Temperature').fill('0')
      await alert('The temperature must lie between 0.01 and 5.').waitFor()
      expect(await page.getByRole('button', { name: 'Generate' }).isDisabled()).toBe(true)
      await page.getByLabel('Temperature').fill('0.8')
    })

    test('a checkpoint that was removed meanwhile is a sentence on its side; the other side answers', async () => {
      await page.getByLabel('Tuned model').selectOption({ label: 'step 1 · a small run' })
      rmSync(join(home, 'runs', RUN, 'checkpoints/step-000001'), { recursive: true })
      await page.getByLabel('Own words', { exact: true }).fill('Write a module top_module that is an inverter.')
      await generate()
      await page
        .getByRole('region', { name: 'Tuned' })
        .getByRole('alert')
        .filter({ hasText: 'no checkpoint of step 1' })
        .waitFor()
      await completionOf('Base').waitFor()
    })

    test('everything of it is reached by keyboard', async () => {
      await page.getByLabel('Own words', { exact: true }).focus()
      const focused = (): Promise<string> =>
        page.evaluate(`document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText`)
      const reached: string[] = []
      for (let i = 0; i < 12; i++) {
        await page.keyboard.press('Tab')
        reached.push(await focused())
      }
      expect(reached).toEqual(expect.arrayContaining(['Generate', 'Base model', 'Tuned model', 'Completion of Base']))
    })
  })

  test('a model of a hub is fetched with progress, cancelled, and gone on with', async () => {
    const names = readdirSync(STARTER)
    const hub = await startHub(Object.fromEntries(names.map((name) => [name, readFileSync(join(STARTER, name))])))
    vi.stubEnv('HF_ENDPOINT', hub.endpoint)
    onTestFinished(() => void vi.unstubAllEnvs())
    const other = await startHost(temporaryFolder())
    onTestFinished(() => other.kill())
    const downloading = await open(`${other.url}#/models`)
    await downloading.getByLabel('Download from the hub').fill('acme/tiny')
    hub.behaviour.stalls = 1
    await downloading.getByRole('button', { name: 'Download' }).click()
    await downloading.getByRole('progressbar', { name: 'Fetched of acme/tiny' }).waitFor()
    await downloading.getByText(/\d+ % · .*B of .*B · /).waitFor()
    await downloading.getByRole('button', { name: 'Cancel' }).click()
    await downloading.getByRole('progressbar').waitFor({ state: 'detached' })
    expect(await downloading.getByRole('alert').count()).toBe(0)
    await downloading.getByRole('button', { name: 'Download' }).click()
    const detail = downloading.getByRole('complementary', { name: 'acme/tiny' })
    await detail.getByText(`${hub.endpoint}/acme/tiny`).waitFor()
    expect(await detail.innerText()).toMatch(/Licence\s+mit/)
    expect(await downloading.getByRole('row', { name: /acme\/tiny/ }).innerText()).toContain('✔ can be trained, in')
    await downloading.close()
  })

  test('nothing went wrong in the pages meanwhile', () => {
    expect(problems).toEqual([])
  })
})
