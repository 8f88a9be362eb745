/** `export-model` as a person types it, over a run of the starter model. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '#test/support/temporary-folder'
import type { ExportReport } from '#contract/model-export'
import { veritune } from './veritune-process.ts'

const SMALL = {
  promptsPerStep: 2,
  groupSize: 2,
  minibatchSize: 4,
  microbatchSize: 4,
  'evaluation.taskCount': 1,
  'evaluation.samples': 1,
  'sampling.maxCompletionTokens': 12,
}

describe('export-model', () => {
  test('writes what a run has trained and says where', async () => {
    const home = temporaryFolder()
    const settings = Object.entries(SMALL).flatMap(([path, value]) => ['--set', `${path}=${value}`])
    const trained = await veritune(home, ['train', '--preset', 'starter-grpo', '--steps', '1', ...settings])
    expect(trained.code, trained.stderr).toBe(0)
    const [run] = readdirSync(join(home, 'runs'))
    const out = (name: string): string[] => ['export-model', run!, '--out', join(home, name)]

    const merged = await veritune(home, [...out('merged'), '--format', 'merged', '--dtype', 'bfloat16'])
    expect(merged.stdout).toMatch(/^Step 1 as merged is in .*merged\n[^]*model\.safetensors +6\.8 MB/)

    const adapter = await veritune(home, [...out('adapter'), '--format', 'adapter', '--json'])
    expect((JSON.parse(adapter.stdout) as ExportReport).step).toBe(1)

    const again = await veritune(home, [...out('adapter'), '--format', 'onnx'])
    expect([again.code, again.stderr.trim()]).toEqual([
      2,
      `${join(home, 'adapter')} is there already and not empty. Name a folder that is not there yet; nothing is overwritten.`,
    ])
  })

  test('names the option that is missing or wrong', async () => {
    const home = temporaryFolder()
    const said = await Promise.all(
      [
        ['--out', 'x'],
        ['--format', 'onnx'],
        ['--format', 'gguf', '--out', 'x'],
        ['--format', 'onnx', '--out', 'x', '--length', '0'],
      ].map(async (options) => (await veritune(home, ['export-model', 'run', ...options])).stderr),
    )
    expect(said[0]).toContain('`veritune export-model` needs --format.')
    expect(said[1]).toContain('`veritune export-model` needs --out.')
    expect(said[2]).toContain('--format: ')
    expect(said[3]).toContain('--length: ')
  })
})
