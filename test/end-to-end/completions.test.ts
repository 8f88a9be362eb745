/** What a model wrote, read on the screen: kinds of completions in a step and over the run, statements beside the code, the first mismatch, the reward's sum. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RolloutRecord } from '#contract/journal'
import type { Scores } from '#contract/score'
import { weigh } from '#trainer/3-scores/weigh'
import { seriousFindings } from '#test/support/axe'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { aConfig, aJournal, aRollout, started, stepFinished, writeRun } from '#test/support/run-builders'

const PATIENCE_MS = 120_000
const STEPS = 6

/** A busy machine takes its time. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000, interval: 100 })

const choice = await launchBrowser()
const title = choice.browser ? `completions in ${choice.name}` : `completions (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

const passed = { value: 1, outcome: 'passed', evidence: { summary: 'Good.' } } as const
const GOOD: Scores = { compilation: passed, functional: passed, synthesis: passed, reasoning: passed, quality: passed }
const WRONG: Scores = {
  ...GOOD,
  functional: {
    value: 0.5,
    outcome: 'partial',
    evidence: {
      summary: 'Half of the cycles match.',
      counterexample: {
        sequence: 2,
        cycle: 7,
        inputs: { en: '1' },
        expected: { count: '6' },
        actual: { count: '7' },
        trace: {
          firstCycle: 5,
          inputs: { en: ['1', '0', '1', '1'] },
          expected: { count: ['4', '5', '5', '5', '5', '6', '6', '7'] },
          actual: { count: ['4', '5', '5', '5', '5', '7', '7', '8'] },
        },
      },
    },
  },
  reasoning: {
    value: 0.5,
    outcome: 'partial',
    evidence: {
      summary: '1 of 3 statements is true.',
      statements: [
        { text: 'registers: 4', isTrue: true, note: 'the netlist says 4' },
        { text: 'reset: sync high', isTrue: false, note: 'the netlist says none' },
        { text: 'states: 3', isTrue: false, isUncheckable: true, note: 'the netlist does not show this' },
      ],
    },
  },
}
const refusedScore = { value: 0, outcome: 'refused', evidence: { summary: 'It prints.' } } as const
const REFUSED: Scores = { ...GOOD, compilation: refusedScore, functional: refusedScore }

function rollout(step: number, index: number, scores: Scores, changes: Partial<RolloutRecord> = {}): RolloutRecord {
  const { reward } = weigh(scores, aConfig().reward)
  const body = scores === WRONG ? '  assign count = 7;\n' : ''
  const code = `module counter(input en, output [3:0] count);\n${body}endmodule`
  const reasoning = 'I count.\nregisters: 4\nreset: sync high\nstates: 3'
  return aRollout(step, index, {
    group: Math.floor(index / 4),
    taskId: `task-${Math.floor(index / 4)}`,
    scores,
    reward,
    code,
    reasoning,
    ...changes,
  })
}

/** Two groups of four a step: in even steps one is wrong, in step 3 one is refused and one is cut. */
function rolloutsOf(step: number): RolloutRecord[] {
  return Array.from({ length: 8 }, (_, index) => {
    if (step === 3 && index === 5) return rollout(step, index, REFUSED)
    if (step === 3 && index === 6) return rollout(step, index, GOOD, { isTruncated: true })
    return rollout(step, index, step % 2 === 0 && index === 2 ? WRONG : GOOD)
  })
}

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-completions-'))
  const problems: string[] = []
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    const steps = Array.from({ length: STEPS }, (_, i) => i + 1)
    const events = aJournal([
      started(),
      ...steps.map((step) => stepFinished(step)),
      { type: 'run.ended', step: STEPS, outcome: 'finished' },
    ])
    writeRun(join(home, 'runs'), 'alpha', events, steps.flatMap(rolloutsOf))
    writeRun(join(home, 'runs'), 'beta', aJournal([started(), stepFinished(1)]), [rollout(1, 0, GOOD, { taskId: 'another' })])
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1440, height: 1000 } })
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(host.url)
    await page.goto(`${new URL(host.url).origin}/#/runs/alpha/step/2`)
    await page.getByRole('heading', { name: 'Rollouts of step 2' }).waitFor()
    await rollouts().first().waitFor()
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  const rollouts = () => page.getByRole('button', { name: /^Rollout \d+, reward/ })
  const groups = () => page.getByRole('list', { name: /^Groups/ }).getByRole('button')
  const filter = (name: RegExp) => page.getByRole('group', { name: /^Which completions/ }).getByRole('button', { name })

  test('each kind says how many completions of the step are of it', async () => {
    expect(await filter(/./).allInnerTexts()).toEqual([
      'All 8',
      'Compiles but wrong 1',
      'Top reward, yet fails 0',
      'Refused as a cheat 0',
      'Unscored 0',
      'Truncated 0',
    ])
  })

  test('a kind leaves the groups and completions that fit, and names the steps of the run that have such', async () => {
    await filter(/^Compiles but wrong/).click()
    await eventually(() => groups().count()).toBe(1)
    await eventually(() => rollouts().count()).toBe(1)
    const found = page.getByRole('region', { name: 'Steps with such completions' })
    await eventually(() => found.getByRole('button').allInnerTexts()).toEqual(['step 6 1 of 8', 'step 4 1 of 8', 'step 2 1 of 8'])
    await found.getByRole('button', { name: /^step 6/ }).click()
    await page.getByRole('heading', { name: 'Rollouts of step 6' }).waitFor()
    await eventually(() => rollouts().count()).toBe(1)
  })

  test('every statement is marked beside the code with a sign and a word', async () => {
    const reasoning = page.getByRole('region', { name: 'Reasoning of the completion' })
    const text = (await reasoning.innerText()).replace(/\s+/g, ' ')
    expect(text).toContain('I count. registers: 4 ✔ true')
    expect(text).toContain('reset: sync high ✘ false: the netlist says none')
    expect(text).toContain('states: 3 ? not checkable: the netlist does not show this')
    expect(await page.getByRole('region', { name: 'Extracted module' }).innerText()).toContain('module counter')
  })

  test('the first mismatch is a table, and the reward a sum of weight x value', async () => {
    const mismatch = page.getByRole('table', { name: /^First mismatch: sequence 2, cycle 7/ })
    expect(await mismatch.getByRole('row').allInnerTexts()).toEqual([
      'Port\tInput\tExpected\tActual',
      'en\t1\t\t',
      'count\t\t6\t7 ✘',
    ])
    const sum = page.getByRole('region', { name: 'How the reward came about' })
    await sum.getByRole('table').waitFor()
    const parts = await sum.locator('tbody tr td:last-child').allInnerTexts()
    const { weights } = aConfig().reward
    const value = { compilation: 1, functional: 0.5, synthesis: 1, reasoning: 0.5, quality: 1 }
    const expected = (Object.keys(value) as (keyof typeof value)[]).map((component) =>
      (weights[component] * value[component]).toFixed(2),
    )
    expect(parts).toEqual(expected)
    expect(await sum.innerText()).toContain('No gate')
  })

  test('the cycles around it are a waveform that arrow keys go through, and a table', async () => {
    const waveform = page.getByRole('figure', { name: 'Waveform around the first mismatch' })
    const points = waveform.getByRole('slider')
    const told = (): Promise<string | null> => points.getAttribute('aria-valuetext')
    expect(await told()).toBe('cycle 7, after the clock’s edge: count expected 6, got 7, en 1')
    await points.press('ArrowLeft')
    expect(await told()).toBe('cycle 7, before the clock’s edge: count expected 5, got 5, en 1')
    await points.press('End')
    await waveform.getByText('cycle 8, after the clock’s edge: count expected 7, got 8, en 1').waitFor()
    await points.press('Escape')
    expect(await told()).toContain('cycle 7, after')
    await waveform.getByRole('button', { name: 'Table' }).press('Enter')
    const rows = await waveform.getByRole('table').locator('tbody tr').allInnerTexts()
    expect(rows.map((row) => row.replace(/\s+/g, ' '))).toEqual([
      'count expected 4 5 5 5 5 6 6 7',
      'count got 4 5 5 5 5 7 ✘ 7 ✘ 8 ✘',
      'en 1 1 0 0 1 1 1 1',
    ])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await seriousFindings(page)).toEqual([])
    }
    await waveform.getByRole('button', { name: 'Table' }).press('Enter')
  })

  test('arrow keys go from filter to filter and from completion to completion', async () => {
    await filter(/^Compiles but wrong/).press('ArrowRight')
    await eventually(() => filter(/^Top reward/).getAttribute('aria-pressed')).toBe('true')
    await page.getByText('No completion of step 6 fits').waitFor()
    await filter(/^Top reward/).press('Home')
    await eventually(() => rollouts().count()).toBe(4)
    await rollouts().first().press('End')
    await eventually(() => rollouts().last().getAttribute('aria-pressed')).toBe('true')
    const second = groups().nth(1)
    await groups().first().press('ArrowDown')
    await eventually(() => second.getAttribute('aria-pressed')).toBe('true')
  })

  test('the same prompt stands beside itself in another step, line by line', async () => {
    await page.goto(`${new URL(host.url).origin}/#/runs/alpha/step/4`)
    await page.getByRole('heading', { name: 'Rollouts of step 4' }).waitFor()
    await filter(/^Compiles but wrong 1/).click()
    await page.getByText('The same prompt in another step or run').click()
    const same = page.getByRole('region', { name: 'The same prompt elsewhere' })
    await same.getByRole('columnheader', { name: 'step 3, reward 1.00' }).waitFor()
    await same.getByText('Lines that differ: 1 of 3.').waitFor()
    const rows = await same.getByRole('region', { name: 'Two completions side by side' }).locator('tbody tr').allInnerTexts()
    expect(rows.map((row) => row.replace(/\s+/g, ' ').trim())).toEqual([
      '1 module counter(input en, output [3:0] count); 1 module counter(input en, output [3:0] count);',
      '2 + only here: assign count = 7;',
      '2 endmodule 3 endmodule',
    ])
    await same.getByLabel('Step').selectOption('2')
    await same.getByLabel('Completion', { exact: true }).selectOption({ index: 3 })
    await same.getByText('Both are the same, line by line.').waitFor()
    await same.getByLabel('Run').selectOption('beta')
    await same.getByText('Starter GRPO has never drawn this prompt').waitFor()
    await page.getByText('The same prompt in another step or run').click()
  })

  test('token by token it is tinted by how likely the model finds it, with a legend, a table and whose word that is', async () => {
    await page.goto(`${new URL(page.url()).origin}/#/runs/alpha/step/2`)
    await rollouts().first().waitFor()
    await page.getByRole('button', { name: 'Token log-probs' }).click()
    const tokens = page.getByRole('region', { name: 'Completion by token' })
    await tokens.waitFor()
    expect(await page.getByRole('list', { name: 'Probability of a token' }).getByRole('listitem').count()).toBe(5)
    const table = page.getByRole('table', { name: 'The most surprising tokens' })
    const rows = await table.locator('tbody tr').allInnerTexts()
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.length).toBeLessThanOrEqual(10)
    await page.getByText(/mean log-prob .*, at temperature 1\. By the model that the run began with, as no checkpoint/).waitFor()
    expect(await tokens.locator('span').first().getAttribute('title')).toMatch(/%, log-prob -?\d/)
    await page.getByRole('button', { name: 'Whole completion' }).click()
    await tokens.waitFor({ state: 'detached' })
  })

  test('what the guard refused and what was cut is found in the step that has it', async () => {
    await filter(/^Refused/).click()
    await page.getByRole('region', { name: 'Steps with such completions' }).getByRole('button', { name: 'step 3 1 of 8' }).click()
    await page.getByRole('heading', { name: 'Rollouts of step 3' }).waitFor()
    await page.getByText('The guard refused it: nothing is paid.').waitFor()
    await filter(/^Truncated 1/).click()
    await eventually(() => rollouts().count()).toBe(1)
    expect(problems).toEqual([])
  })

  test('code is there to be read where its colours cannot be fetched', async () => {
    let refused = 0
    await page.route('**/assets/verilog-*.js', (route) => {
      refused++
      return route.abort()
    })
    await page.reload()
    const code = page.getByText('module counter(input en, output [3:0] count);').first()
    await code.scrollIntoViewIfNeeded()
    await eventually(() => refused).toBeGreaterThan(0)
    expect(await code.isVisible()).toBe(true)
    expect(problems).toEqual([])
  })
})
