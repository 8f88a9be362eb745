/** A report of runs that were trained and sent, at a W&B server on this machine. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Api } from '#contract/api'
import type { MadeReport, ReportRequest } from '#contract/report'
import { checkoutLocations } from '#workbench/locations'
import { createWorkbench } from '#workbench/workbench'
import type { Workbench } from '#workbench/answer-call'
import { writeFakeModel } from '#test/cli/fake-model'
import { launchBrowser } from '#test/support/browser'
import { SMALL_RUN } from '#test/support/open-workbench'
import { REPOSITORY } from '#test/support/run-builders'
import { endSender } from '#test/support/sync-runs'
import { KEY, openWandbServer, type WandbServer } from '#test/support/wandb-server'

const PATIENCE_MS = 240_000

const folder = mkdtempSync(join(tmpdir(), 'veritune-publish-'))
const choice = await launchBrowser()
await choice.browser?.close()
const why = choice.browser === null ? choice.reason : process.platform === 'win32' ? 'a script is no program on Windows' : null
const pictured = why === null ? '' : ` (skipped: ${why})`
if (why !== null) console.log(`The picture of a report is not tested${pictured}`)

describe('a report at W&B', { timeout: PATIENCE_MS }, () => {
  const home = join(folder, 'home')
  const before = { ...process.env }
  const runs: string[] = []
  let server: WandbServer
  let workbench: Workbench
  let api: Api

  beforeAll(async () => {
    server = await openWandbServer()
    Object.assign(process.env, { WANDB_API_KEY: KEY, WANDB_BASE_URL: server.baseUrl, HOME: folder, CHROME_PATH: '/nowhere' })
    workbench = await createWorkbench({ home, ...checkoutLocations(REPOSITORY) })
    api = workbench.api
    const model = writeFakeModel(folder)
    for (const seed of [1, 2, 3]) {
      const overrides = { ...SMALL_RUN, minibatchSize: 8, microbatchSize: 8, model, seed, name: `seed ${seed}` }
      runs.push((await api['runs.create']({ preset: 'starter-grpo', overrides })).id)
    }
    for (const id of runs) await until(async () => (await api['runs.get'](id)).summary.status === 'finished')
    for (const [id, as] of [
      [runs[0]!, null],
      [runs[1]!, 'second'],
    ] as const) {
      await api['sync.wish'](id, { isOn: true, entity: 'lab', project: 'verilog', as })
      await until(async () => (await api['sync.status'](id)).state === 'confirmed')
    }
  }, PATIENCE_MS)

  afterAll(async () => {
    await workbench.close()
    endSender(home)
    server.close()
    process.env = before
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  const make = (changes: Partial<ReportRequest>): Promise<MadeReport> =>
    api['reports.make']({
      runs: [],
      experiment: null,
      formats: ['wandb'],
      folder: null,
      title: 'Three seeds',
      question: null,
      ...changes,
    })

  test('is made once where its runs are, under their names there, and changed in place from then on', async () => {
    const made = await make({ runs })
    const url = `${server.baseUrl}/lab/verilog/reports/Three-seeds--View%3A1`
    expect(made).toMatchObject({ files: [], folder: null, download: null })
    expect(made.published).toEqual({ url, isUpdated: false, missing: [runs[2]] })
    expect(server.views.get('View:1')).toMatchObject({ entityName: 'lab', projectName: 'verilog', displayName: 'Three seeds' })
    expect(server.views.get('View:1')!.spec).toContain(`"value":["${runs[0]}","second","${runs[2]}"]`)
    const again = await make({ runs: [...runs].reverse(), question: 'Does it learn?' })
    expect(again.published).toMatchObject({ isUpdated: true, url })
    expect([...server.views.keys()]).toEqual(['View:1'])
    expect(server.views.get('View:1')!.spec).toContain('Does it learn?')
    // Other runs are another report, and one that somebody deleted there is made anew.
    expect((await make({ runs: [runs[0]!] })).published).toMatchObject({ isUpdated: false, missing: [] })
    server.views.delete('View:1')
    expect((await make({ runs })).published!.isUpdated).toBe(false)
  })

  test('lies beside the files that are asked for with it', async () => {
    const out = join(folder, 'out')
    const made = await make({ runs, formats: ['html', 'wandb'], folder: out })
    expect(made.published).not.toBeNull()
    expect(made.files.map(({ name }) => name)).toContain('report.html')
    expect(existsSync(join(out, 'report.html'))).toBe(true)
  })

  test.skipIf(why !== null)(`shows its curves as a picture, which is a file of a run there${pictured}`, async () => {
    process.env.CHROME_PATH = join(folder, 'browser.sh')
    const program = join(REPOSITORY, 'test/support/command-line-browser.ts')
    // It starts the browser that the tests have, and must not find itself in the place of that.
    const line = `CHROME_PATH='${before.CHROME_PATH ?? ''}' exec '${process.execPath}' '${program}' "$@"`
    writeFileSync(process.env.CHROME_PATH, `#!/bin/sh\n${line}\n`, { mode: 0o755 })
    onTestFinished(() => {
      process.env.CHROME_PATH = '/nowhere'
    })
    await make({ runs })
    const run = server.runs.get(`lab/verilog/${runs[0]}`)!
    const name = [...run.files.keys()].find((file) => file.startsWith('report/'))!
    expect(name).toMatch(/^report\/curves-[0-9a-f]{16}\.png$/)
    const png = run.files.get(name)!
    expect([png.toString('latin1', 1, 4), png.readUInt32BE(16)]).toEqual(['PNG', 1920])
    const { spec } = [...server.views.values()].at(-1)!
    expect(spec).toContain(
      `"type":"image","children":[{"text":""}],"url":"${server.baseUrl}/files/lab/verilog/${runs[0]}/${name}"`,
    )
  })

  test('that the server refuses is one sentence with a remedy, and nothing is written', async () => {
    onTestFinished(() => {
      server.behaviour.insteadOf = () => null
    })
    const out = join(folder, 'refused')
    const refusals = [
      [200, '{"errors":[{"message":"permission denied"}],"data":{"upsertView":null}}', 'sync.forbidden'],
      [401, '{"error":"user is not logged in"}', 'sync.key-refused'],
      [400, '{"error":"spec is too large"}', 'sync.refused'],
      [403, '<html><title>Guest network</title>', 'sync.proxy-page'],
      [503, '', 'sync.busy'],
    ] as const
    for (const [status, body, code] of refusals) {
      server.behaviour.insteadOf = (_, asked) => (asked.includes('upsertView') ? { status, body } : null)
      const error: unknown = await make({ runs, formats: ['md', 'wandb'], folder: out }).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code })
      expect((error as Error).message.split(/[.!?] [A-Z]/)).toHaveLength(1)
      expect((error as { remedy: string }).remedy).not.toBe('')
    }
    expect(existsSync(out)).toBe(false)
  })
})

/** The hook that waits has a limit. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 100))
}
