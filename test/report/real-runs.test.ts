/** One report of runs that a trainer made, in every format, by way of the workbench. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Api } from '#contract/api'
import type { ReportRequest } from '#contract/report'
import { createWorkbench } from '#workbench/workbench'
import { checkoutLocations } from '#workbench/locations'
import { writeFakeModel } from '#test/cli/fake-model'
import { openWorkbench, SMALL_RUN } from '#test/support/open-workbench'
import { htmlFigures, latexFigures, markdownFigures } from '#test/support/report-figures'
import { personWith } from '#test/support/person'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const PATIENCE_MS = 240_000

function request(changes: Partial<ReportRequest>): ReportRequest {
  return { runs: [], experiment: null, formats: ['html'], folder: null, title: null, question: null, ...changes }
}

async function makeRuns(
  api: Api,
  untilStatus: (id: string, status: 'finished') => Promise<void>,
  home: string,
): Promise<string[]> {
  const model = writeFakeModel(home)
  const ids: string[] = []
  for (const [preset, seed] of [
    ['starter-grpo', 1],
    ['starter-grpo', 2],
    ['starter-ppo', 1],
  ] as const) {
    const changes = preset === 'starter-ppo' ? { minibatchSize: 4, microbatchSize: 4 } : { minibatchSize: 8, microbatchSize: 8 }
    const overrides = { ...SMALL_RUN, ...changes, model, seed, name: `${preset} ${seed}` }
    const { id } = await api['runs.create']({ preset, overrides })
    await untilStatus(id, 'finished')
    ids.push(id)
  }
  return ids
}

describe('a report of runs that were trained', () => {
  test(
    'says the same figures in HTML, Markdown and LaTeX, and carries what its commands name',
    async () => {
      personWith({ WANDB_API_KEY: undefined, WANDB_BASE_URL: 'http://127.0.0.1:1' })
      const home = temporaryFolder()
      const { api, untilStatus, workbench } = await openWorkbench(home)
      const runs = await makeRuns(api, untilStatus, home)
      const told: string[] = []
      workbench.on('reports.progress', ({ doing }) => told.push(doing))
      const folder = join(home, 'out')
      const made = await api['reports.make'](
        request({ runs, formats: ['html', 'md', 'tex'], folder, question: 'Does 1 + 1 = 2?' }),
      )
      const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

      const figures = htmlFigures(read('report.html'))
      expect(figures.length).toBeGreaterThan(300)
      expect(markdownFigures(read('report.md'))).toEqual(figures)
      expect(latexFigures(read('report.tex'))).toEqual(figures)

      expect(made.title).toBe('GRPO against PPO')
      expect(made.files.map(({ name }) => name)).toContain('settings/group-1.json')
      for (const { name } of made.files) expect(existsSync(join(folder, name))).toBe(true)
      for (const [, picture] of read('report.md').matchAll(/!\[.*\]\((.*)\)/g))
        expect(existsSync(join(folder, picture!))).toBe(true)
      expect(JSON.parse(read('settings/group-2.json'))).toMatchObject({ algorithm: { name: 'ppo' }, seed: 1 })
      for (const [, file] of read('report.md').matchAll(/--config (\S+)/g)) expect(existsSync(join(folder, file!))).toBe(true)
      expect(read('report.html')).toContain('Does 1 + 1 = 2?')
      expect(told.at(-1)).toBe('')
      expect(told).toContain('Reading run 2 of 3')

      // One run, as a browser gets it.
      const one = await api['reports.make'](request({ runs: [runs[0]!] }))
      expect(one.download).toMatchObject({ name: 'starter-grpo-1.html', mediaType: 'text/html' })
      expect(Buffer.from(one.download!.base64, 'base64').toString()).toContain('<h1>starter-grpo 1</h1>')
      const several = await api['reports.make'](request({ runs, formats: ['html', 'tex'] }))
      expect(several.download).toMatchObject({ name: 'grpo-against-ppo.zip', mediaType: 'application/zip' })
      // Whoever takes the test tasks for granted is mistaken: no run has such figures of its own.
      expect(read('report.html')).not.toMatch(/test task/)

      const blocked = join(home, 'blocked')
      writeFileSync(blocked, '')
      await expect(api['reports.make'](request({ runs, folder: join(blocked, 'in') }))).rejects.toMatchObject({
        code: 'report.unwritable',
      })
      await expect(api['reports.make'](request({ runs, formats: ['wandb'] }))).rejects.toMatchObject({ code: 'sync.no-key' })
      await expect(api['reports.make'](request({ runs: ['nobody'] }))).rejects.toMatchObject({ code: 'run.missing' })
      await expect(api['reports.make'](request({ experiment: 'nothing' }))).rejects.toMatchObject({ code: 'experiment.missing' })
    },
    PATIENCE_MS,
  )

  test(
    'is printed by whoever was handed in, as the page unfolded for paper',
    async () => {
      const home = temporaryFolder()
      mkdirSync(join(home, 'runs'))
      const printed: string[] = []
      const printPdf = (html: string): Promise<Uint8Array> => {
        printed.push(html)
        return Promise.resolve(Buffer.from('%PDF-1.7'))
      }
      const workbench = await createWorkbench({ home, ...checkoutLocations(REPOSITORY), printPdf })
      onTestFinished(() => workbench.close())
      const { id } = await workbench.api['runs.create']({
        preset: 'starter-grpo',
        overrides: { ...SMALL_RUN, minibatchSize: 8, microbatchSize: 8, model: writeFakeModel(home) },
      })
      const made = await workbench.api['reports.make'](request({ runs: [id], formats: ['pdf'] }))
      expect(Buffer.from(made.download!.base64, 'base64').toString()).toBe('%PDF-1.7')
      expect(printed[0]).toContain('<details class="appendix" open>')
    },
    PATIENCE_MS,
  )
})
