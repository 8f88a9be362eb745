/** PyTorch on the screens: installed with progress, cancelled and removed in Settings; cards on the form of a new run. Real host, real uv over small packages, a stand-in for nvidia-smi. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { seriousFindings } from '#test/support/axe'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { standIn } from '#test/support/stand-in'
import { offerTorchPackages, uvProgram } from '#test/support/torch-packages'

const UV = process.platform === 'win32' ? null : await uvProgram()
const choice = await launchBrowser()
const missing = !choice.browser ? choice.reason : UV === null ? 'no uv here; VERITUNE_UV names one' : ''
const title = missing === '' && choice.browser ? `in ${choice.name}` : `in a browser (skipped: ${missing})`
if (missing !== '') console.log(`The screens of engines are not tried: ${missing}`)

const PATIENCE_MS = 120_000

describe.skipIf(missing !== '')(title, { timeout: PATIENCE_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'veritune-engines-'))
  const home = join(folder, 'home')
  const hold = join(folder, 'hold')
  const problems: string[] = []
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    offerTorchPackages(join(folder, 'packages'), 'small')
    // The real one, which stands still in the middle for as long as the file is there.
    const stands = `[ -f "${hold}" ] && [ "$1" = pip ] && { echo "Downloading torch (2.5GiB)" >&2; sleep 300; }`
    vi.stubEnv('VERITUNE_UV', standIn(join(folder, 'bin'), 'uv', `${stands}\nexec "${UV}" "$@"`))
    standIn(join(folder, 'bin'), 'nvidia-smi', 'echo "0, GPU-8e9b, NVIDIA H200, 570.86.15, 143771, 512"')
    vi.stubEnv('PATH', `${join(folder, 'bin')}${delimiter}${process.env.PATH}`)
    vi.stubEnv('VERITUNE_PYTHON', undefined)
    writeFileSync(hold, '')
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(15_000)
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    await page.goto(host.url)
  }, PATIENCE_MS)

  afterAll(async () => {
    vi.unstubAllEnvs()
    await choice.browser?.close()
    await host?.kill()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  const engines = () => page.getByRole('region', { name: 'Engines' })
  const focused = (): Promise<unknown> => page.evaluate('document.activeElement.textContent.trim()')
  const environments = (): string[] => (existsSync(join(home, 'python')) ? readdirSync(join(home, 'python')) : [])

  test('an installation shows how far it is, and is cancelled by the keyboard', async () => {
    await page.getByRole('link', { name: 'Settings' }).click()
    await engines().getByText('not installed').waitFor()
    await engines()
      .getByText(/^By uv [\d.]+, into the data folder/)
      .waitFor()
    await engines().getByRole('button', { name: 'Install PyTorch' }).focus()
    await page.keyboard.press('Enter')
    await engines()
      .getByText(/^Fetching packages · 0 % · 0 B of 2\.68 GB in large packages/)
      .waitFor()
    expect(await engines().getByRole('progressbar', { name: 'Fetched of PyTorch' }).getAttribute('aria-valuemax')).toBe(
      String(2.5 * 2 ** 30),
    )
    await engines().getByText('Downloading torch (2.5GiB)').waitFor()
    expect(await seriousFindings(page)).toEqual([])
    expect(await focused()).toBe('Cancel')
    await page.keyboard.press('Enter')
    await engines().getByRole('status').getByText('Cancelled; nothing was left behind.').waitFor()
    expect(environments()).toEqual([])
    expect(await engines().getByRole('alert').count()).toBe(0)
  })

  test('a whole one says what it is, also after the page was loaded again', async () => {
    rmSync(hold)
    await engines().getByLabel('Build of PyTorch').selectOption('for the processor')
    await engines().getByRole('button', { name: 'Install PyTorch' }).click()
    await engines().getByText('✔ installed').waitFor()
    await engines()
      .getByText(/^PyTorch 2\.15\.0 with Python 3\.\d+\.\d+, [\d.]+ [kM]B, since 20\d\d-\d\d-\d\d; on the processor\.$/)
      .waitFor()
    await engines().getByRole('status').getByText('PyTorch is installed.').waitFor()
    await page.reload()
    await engines().getByText('✔ installed').waitFor()
    expect(environments()).toEqual(['torch'])
  })

  test('one that cannot be had is told in a sentence, and the one before stays', async () => {
    await engines().getByLabel('Build of PyTorch').selectOption('for a card of AMD (ROCm)')
    await engines().getByRole('button', { name: 'Install again' }).click()
    expect(await engines().getByRole('alert').innerText()).toMatch(
      /PyTorch for rocm was asked for, and there is no card that it could use: rocm-smi is not there[\s\S]*What was installed before is as it was\./,
    )
    await engines().getByText('✔ installed').waitFor()
  })

  test('it is removed after a question', async () => {
    await engines().getByRole('button', { name: 'Remove', exact: true }).focus()
    await page.keyboard.press('Enter')
    await engines()
      .getByText(/^Remove PyTorch, [\d.]+ [kM]B\? Runs and models stay\.$/)
      .waitFor()
    await engines().getByRole('button', { name: 'Keep it' }).click()
    await engines().getByRole('button', { name: 'Remove', exact: true }).click()
    await engines().getByRole('button', { name: 'Remove it' }).click()
    await engines().getByRole('status').getByText('PyTorch is removed.').waitFor()
    await engines().getByText('not installed').waitFor()
    expect(environments()).toEqual([])
  })

  test('the form of a new run offers the cards, and counts memory on the one that is chosen', async () => {
    await page.evaluate(`location.hash = '#/new'`)
    await page.getByText('Advanced: all other settings').click()
    await page.getByLabel('Engine', { exact: true }).selectOption('PyTorch: installed in Settings')
    const card = page.getByLabel('PyTorch’s card', { exact: true })
    await card.selectOption('0: NVIDIA H200, 150 GB free')
    const pane = page.getByRole('region', { name: 'What it takes' })

    await pane.getByText(/^✔ [\d.]+ [MG]B of 150 GB that are free on NVIDIA H200\.$/).waitFor()
    await pane.getByRole('row', { name: /^Key-value cache, in rollouts/ }).waitFor()
    await pane.getByText('Rollouts and updates take turns: the larger of the two counts.').waitFor()
    expect(await seriousFindings(page)).toEqual([])
  })

  test('nothing went wrong in the page meanwhile', () => {
    expect(problems).toEqual([])
  })
})
