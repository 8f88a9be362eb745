/** PyTorch by command line: installed, taken by a run, listed, removed. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { standIn } from '#test/support/stand-in'
import { temporaryFolder } from '#test/support/temporary-folder'
import { missingModules } from '#test/support/python'
import { offerTorchPackages, uvProgram } from '#test/support/torch-packages'
import { startVeritune, veritune } from './veritune-process.ts'

const UV = await uvProgram()
const MISSING = UV === null ? 'no uv here' : missingModules('torch', 'transformers', 'safetensors')
if (UV === null) console.log('The installation of PyTorch is not tried: there is no uv here; VERITUNE_UV names one')

afterEach(() => vi.unstubAllEnvs())

const SETTINGS = {
  engine: 'torch',
  'torch.device': 'cpu',
  steps: 1,
  promptsPerStep: 1,
  groupSize: 2,
  minibatchSize: 2,
  microbatchSize: 2,
  'evaluation.taskCount': 1,
  'evaluation.samples': 1,
  'sampling.maxCompletionTokens': 8,
}

describe.skipIf(MISSING !== '')(`veritune engine${MISSING === '' ? '' : ` (skipped: ${MISSING})`}`, () => {
  test('installs PyTorch, with which a run then trains although nobody names a Python', { timeout: 180_000 }, async () => {
    const folder = temporaryFolder()
    offerTorchPackages(folder, 'real')
    vi.stubEnv('VERITUNE_UV', UV!)
    vi.stubEnv('VERITUNE_PYTHON', undefined)
    const home = join(folder, 'home')
    expect((await veritune(home, ['engine', 'list'])).stdout).toContain('`veritune engine install torch` installs it')

    const installed = await veritune(home, ['engine', 'install', 'torch', '--backend', 'cpu'])
    expect([installed.code, installed.stdout]).toEqual([0, expect.stringMatching(/PyTorch 2\.\d+.* is installed by uv/)])
    // Of uv's own lines those that stood long enough to be told, and the last stage.
    expect(installed.stderr).toMatch(/^Loading PyTorch$/m)
    expect((await veritune(home, ['engine', 'list'])).stdout).toMatch(/torch +installed +PyTorch 2\./)

    const settings = Object.entries(SETTINGS).flatMap(([path, value]) => ['--set', `${path}=${value}`])
    const run = await veritune(home, ['train', '--preset', 'starter-grpo', ...settings])
    expect([run.code, run.stderr]).toEqual([0, ''])

    const removed = await veritune(home, ['engine', 'remove', 'torch'])
    expect(removed.stdout).toBe('PyTorch is removed.\n')
    expect(existsSync(join(home, 'python/torch'))).toBe(false)
    const doctor = await veritune(home, ['doctor', '--json'])
    expect(JSON.parse(doctor.stdout)).toMatchObject({
      checks: expect.arrayContaining([
        expect.objectContaining({ name: 'uv', state: 'good' }),
        expect.objectContaining({ name: 'PyTorch' }),
        expect.objectContaining({ name: 'Graphics cards (PyTorch)' }),
      ]) as unknown,
    })
  })
})

describe.skipIf(process.platform === 'win32')('veritune engine install', () => {
  test('ends with Ctrl-C, and leaves nothing', async () => {
    const folder = temporaryFolder()
    const script =
      'case "$1" in --version) echo "uv 0.13.9";; venv) for last; do :; done; mkdir -p "$last";; pip) echo "Downloading torch (2.5GiB)" >&2; sleep 300;; esac'
    vi.stubEnv('VERITUNE_UV', standIn(folder, 'uv', script))
    const home = join(folder, 'home')
    const { child, ended, said } = startVeritune(home, ['engine', 'install', 'torch'])
    await said('Downloading torch')
    // The command runs below the launcher, which hands the signal on.
    child.kill('SIGINT')
    const { code, stderr } = await ended
    expect(stderr).toContain('The installation of PyTorch was cancelled. Nothing was left behind.')
    expect(code).toBe(3)
    expect(existsSync(join(home, 'python/torch.partial'))).toBe(false)
    expect(existsSync(join(home, 'python/torch.lock'))).toBe(false)
  })

  test('knows one engine and four backends', async () => {
    const home = temporaryFolder()
    const engine = await veritune(home, ['engine', 'install', 'jax'])
    expect([engine.code, engine.stderr]).toEqual([2, expect.stringContaining('only the engine torch to install, not "jax"')])
    const backend = await veritune(home, ['engine', 'install', 'torch', '--backend', 'tpu'])
    expect([backend.code, backend.stderr]).toEqual([2, expect.stringContaining('one of auto, cpu, cuda, rocm, not "tpu"')])
  })
})
