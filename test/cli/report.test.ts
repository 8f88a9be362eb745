import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { personWith } from '#test/support/person'
import { aJournal, started, stepFinished, writeRun } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { KEY, startWandbServer } from '#test/support/wandb-server'
import { veritune } from './veritune-process.ts'

const PATIENCE_MS = 120_000

describe('veritune report', () => {
  test(
    'writes the formats that are asked for and says where; again over those that are there',
    async () => {
      const home = temporaryFolder()
      writeRun(join(home, 'runs'), 'run-1', aJournal([started(), stepFinished(1), stepFinished(2)]))
      const out = join(home, 'out')
      const { code, stdout } = await veritune(home, [
        'report',
        'run-1',
        '--format',
        'html, md',
        '--out',
        out,
        '--title',
        'A <title>',
      ])
      expect([code, stdout.split('\n')[0]]).toEqual([0, `“A <title>” is in ${out}`])
      expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('<h1>A &lt;title&gt;</h1>')
      rmSync(join(out, 'report.md'))
      const again = await veritune(home, ['report', 'run-1', '--format', 'md', '--out', out, '--json'])
      const made = JSON.parse(again.stdout) as { files: { name: string }[] }
      expect(made.files.map(({ name }) => name)).toEqual([
        'report.md',
        'charts/train-functional-rate.svg',
        'settings/group-1.json',
      ])
      expect(existsSync(join(out, 'report.html'))).toBe(true)
    },
    PATIENCE_MS,
  )

  test(
    'names what is wrong: no run, an unknown run, a format that there is not, W&B before a log-in',
    async () => {
      personWith({ WANDB_API_KEY: undefined, WANDB_BASE_URL: 'http://127.0.0.1:1' })
      const home = temporaryFolder()
      writeRun(join(home, 'runs'), 'run-1', aJournal([started(), stepFinished(1)]))
      const said: [number | null, string][] = []
      for (const args of [[], ['nobody'], ['run-1', '--format', 'docx'], ['run-1', '--format', 'wandb']]) {
        const { code, stderr } = await veritune(home, ['report', ...args, '--out', join(home, 'out')])
        said.push([code, stderr.trim()])
      }
      expect(said).toEqual([
        [2, '`veritune report` needs <run>. See `veritune --help`.'],
        [2, 'There is no run "nobody". `veritune runs` lists the runs.'],
        [2, expect.stringMatching(/^--format: Invalid option: expected one of "html"\|"pdf"\|"md"\|"tex"\|"wandb"\. /)],
        [2, expect.stringMatching(/^There is no API key for 127\.0\.0\.1:1\. Set WANDB_API_KEY, or run `wandb login`/)],
      ])
      expect(existsSync(join(home, 'out'))).toBe(false)
    },
    PATIENCE_MS,
  )

  test(
    'puts it at W&B, and brings it up to date the second time',
    async () => {
      const server = await startWandbServer()
      personWith({ WANDB_API_KEY: KEY, WANDB_BASE_URL: server.baseUrl })
      const home = temporaryFolder()
      writeRun(join(home, 'runs'), 'run-1', aJournal([started(), stepFinished(1), stepFinished(2)]))
      const args = ['report', 'run-1', '--format', 'wandb', '--out', join(home, 'out'), '--title', 'A title']
      const made = await veritune(home, args)
      const url = `${server.baseUrl}/ada/veritune/reports/A-title--View%3A1`
      expect([made.code, made.stdout.split('\n')]).toEqual([
        0,
        [`“A title” is at ${url}`, expect.stringContaining('`veritune sync run-1` sends it') as string, ''],
      ])
      expect((await veritune(home, args)).stdout).toContain(`“A title” is brought up to date at ${url}`)
      expect([...server.views.keys()]).toEqual(['View:1'])
      expect(existsSync(join(home, 'out'))).toBe(false)
    },
    PATIENCE_MS,
  )
})
