import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { aJournal, started, stepFinished, writeRun } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
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
        [2, 'No Weights & Biases account is connected, so the report cannot be put there. Make it as html, pdf, md or tex.'],
      ])
      expect(existsSync(join(home, 'out'))).toBe(false)
    },
    PATIENCE_MS,
  )
})
