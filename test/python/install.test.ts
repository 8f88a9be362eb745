/** The PyTorch environment: real uv and real pip over a folder of small packages, and stand-ins for the two where they are to fail. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Gpu } from '#contract/gpu'
import type { TorchProgress } from '#contract/torch-environment'
import { TorchEnvironment } from '#python/torch-environment'
import { errorRecord } from '#workbench/answer-call'
import { standIn } from '#test/support/stand-in'
import { temporaryFolder } from '#test/support/temporary-folder'
import { lockedPackages, NATIVE, offerTorchPackages, uvProgram, type TorchKind } from '#test/support/torch-packages'

const UV = await uvProgram()
if (UV === null) console.log('Tests that install by uv are skipped: there is no uv here; VERITUNE_UV names one')

afterEach(() => vi.unstubAllEnvs())

const CARD: Gpu = {
  index: 0,
  uuid: 'GPU-1',
  name: 'NVIDIA H200',
  maker: 'nvidia',
  driver: '570.86.15',
  totalBytes: 1e11,
  freeBytes: 1e11,
}

interface Opened {
  readonly torch: TorchEnvironment
  readonly told: TorchProgress[]
  /** Names in the folder of environments. */
  names(): string[]
}

function open(home: string, { gpus = [] as readonly Gpu[], run = null as string | null } = {}): Opened {
  const told: TorchProgress[] = []
  const torch = new TorchEnvironment({
    home,
    nativePath: NATIVE,
    gpus: async () => gpus,
    usedBy: async () => run,
    tell: (progress) => told.push(progress),
    errorRecord,
    now: () => new Date(),
  })
  const folder = join(home, 'python')
  return { torch, told, names: () => (existsSync(folder) ? readdirSync(folder).toSorted() : []) }
}

/** Real uv over small packages. */
function withUv(kind: TorchKind): Opened & { readonly home: string } {
  const folder = temporaryFolder()
  offerTorchPackages(folder, kind)
  vi.stubEnv('VERITUNE_UV', UV!)
  const home = join(folder, 'home')
  return { ...open(home), home }
}

describe.skipIf(UV === null)('an environment by uv', () => {
  test('has the locked versions, has computed something, and says what it is', async () => {
    const { torch, told, names, home } = withUv('small')
    const installed = await torch.install('auto')
    expect(names()).toEqual(['torch'])
    expect(installed).toMatchObject({ torch: '2.15.0', cards: [], problem: null, asked: 'auto' })
    expect(installed.installer).toMatch(/^uv \d/)
    for (const name of ['torch', 'transformers', 'safetensors'])
      expect(lockedPackages()).toContainEqual([name, installed.packages[name]])
    expect(JSON.parse(readFileSync(join(home, 'python/torch/environment.json'), 'utf8'))).toEqual(installed)
    expect(new Set(told.map(({ stage }) => stage))).toEqual(new Set(['python', 'packages', 'proof']))
    expect(told.at(-1)!.end).toBe('done')
    expect(await torch.state()).toMatchObject({
      installed: { torch: '2.15.0' },
      problem: null,
      progress: null,
      installer: { name: 'uv' },
    })
  })

  test('is replaced only by one that works', async () => {
    const { torch, names, home } = withUv('small')
    const first = await torch.install('cpu')
    offerTorchPackages(join(home, '..', 'other'), 'broken')
    await expect(torch.install('cpu')).rejects.toMatchObject({
      code: 'environment.broken',
      message: 'The PyTorch that was installed does not work here: OSError: libtorch_cpu.so: cannot open shared object file.',
    })
    expect(names()).toEqual(['torch'])
    expect((await torch.state()).installed).toEqual(first)
    offerTorchPackages(join(home, '..', 'third'), 'small')
    expect((await torch.install('cpu')).installedAt > first.installedAt).toBe(true)
    expect(names()).toEqual(['torch'])
  })

  test('is removed, whole; a second time there is nothing to do', async () => {
    const { torch, names } = withUv('small')
    await torch.install('auto')
    await torch.remove()
    await torch.remove()
    expect(names()).toEqual([])
    expect(await torch.state()).toMatchObject({ installed: null, problem: null })
  })

  test('where a package is not to be had, the index’s word is told', async () => {
    const { torch, names, home } = withUv('small')
    rmSync(join(home, '../wheels/transformers-5.24.0-py3-none-any.whl'))
    await expect(torch.install('auto')).rejects.toThrow(/uv [\d.]+ could not install PyTorch: .*transformers.* was not found/)
    expect(names()).toEqual([])
  })
})

describe('without uv', () => {
  function withoutUv(kind: TorchKind): Opened {
    const folder = temporaryFolder()
    offerTorchPackages(folder, kind)
    vi.stubEnv('VERITUNE_UV', join(folder, 'none'))
    return open(join(folder, 'home'))
  }

  test('venv and pip make the same environment', async () => {
    const { torch, names } = withoutUv('small')
    expect((await torch.state()).installer).toMatchObject({ name: 'pip' })
    const installed = await torch.install('auto')
    expect(installed).toMatchObject({ torch: '2.15.0', installer: expect.stringMatching(/^pip 3\./) as string })
    expect(names()).toEqual(['torch'])
  })

  test('a build for an AMD card is refused, with the way to uv', async () => {
    const { torch, names } = withoutUv('small')
    await expect(torch.install('rocm')).rejects.toMatchObject({
      code: 'environment.needs-uv',
      remedy: expect.stringContaining('uv') as string,
    })
    expect(names()).toEqual([])
  })

  test('and without a fit Python the way to uv is all that is said', async () => {
    const { torch } = withoutUv('small')
    vi.stubEnv('PATH', temporaryFolder())
    expect((await torch.state()).installer).toBeNull()
    await expect(torch.install('auto')).rejects.toMatchObject({ code: 'environment.no-installer' })
  })
})

/** What uv says and does, as far as this script does it: the version, and a folder for `venv`. */
function uvThat(packages: string, version = '0.13.9'): string {
  const folder = temporaryFolder()
  const script = `case "$1" in --version) echo "uv ${version}";; venv) for last; do :; done; mkdir -p "$last";; pip) ${packages};; esac`
  vi.stubEnv('VERITUNE_UV', standIn(folder, 'uv', script))
  return folder
}

describe.skipIf(process.platform === 'win32')('an installation that does not come to its end', () => {
  test('leaves nothing when it is cancelled, and nobody at work', async () => {
    const folder = uvThat('echo "Downloading torch (2.5GiB)" >&2; sleep 300 & echo $! > "$(dirname "$0")/child"; wait')
    const { torch, told, names } = open(join(folder, 'home'))
    const ended = torch.install('auto').catch((error: unknown) => error)
    await vi.waitFor(
      () => expect(told.at(-1)).toMatchObject({ line: 'Downloading torch (2.5GiB)', totalBytes: 2.5 * 2 ** 30 }),
      15_000,
    )
    expect(names()).toEqual(['torch.lock', 'torch.partial'])
    await torch.cancel()
    expect(await ended).toMatchObject({ code: 'environment.cancelled' })
    expect(names()).toEqual([])
    expect(told.at(-1)!.end).toBe('cancelled')
    const child = Number(readFileSync(join(folder, 'child'), 'utf8'))
    await vi.waitFor(() => expect(() => process.kill(child, 0)).toThrow(), 10_000)
  })

  test('on a full disk says how much it needs', async () => {
    const folder = uvThat(
      'echo "error: Failed to extract archive" >&2; echo "  cause: No space left on device (os error 28)" >&2; exit 2',
    )
    const { torch, names } = open(join(folder, 'home'))
    await expect(torch.install('auto')).rejects.toMatchObject({
      code: 'environment.no-space',
      message: expect.stringMatching(/PyTorch takes about \d+ GB/) as string,
      remedy: expect.stringContaining('VERITUNE_HOME') as string,
    })
    expect(names()).toEqual([])
  })

  test('of a killed workbench is cleared away by the next try, unless somebody is still at it', async () => {
    const folder = uvThat('exit 1')
    const { torch, names } = open(join(folder, 'home'))
    mkdirSync(join(folder, 'home/python/torch.partial/bin'), { recursive: true })
    const lock = join(folder, 'home/python/torch.lock')
    writeFileSync(lock, JSON.stringify([2 ** 22 + 1, process.ppid]))
    await expect(torch.install('auto')).rejects.toMatchObject({ code: 'environment.busy', facts: { pid: process.ppid } })
    expect(names()).toEqual(['torch.lock', 'torch.partial'])
    writeFileSync(lock, JSON.stringify([2 ** 22 + 1]))
    await expect(torch.install('auto')).rejects.toMatchObject({ code: 'environment.failed' })
    expect(names()).toEqual([])
  })

  test('and an environment that was being replaced at that moment comes back', async () => {
    const folder = uvThat('exit 1')
    const { torch, names } = open(join(folder, 'home'))
    for (const name of ['torch.partial', 'torch.old']) {
      mkdirSync(join(folder, 'home/python', name), { recursive: true })
      writeFileSync(join(folder, 'home/python', name, 'environment.json'), name)
    }
    await expect(torch.install('auto')).rejects.toMatchObject({ code: 'environment.failed' })
    expect(names()).toEqual(['torch'])
    expect(readFileSync(join(folder, 'home/python/torch/environment.json'), 'utf8')).toBe('torch.old')
  })
})

describe.skipIf(process.platform === 'win32')('before anything is fetched', () => {
  test('a card that is not there, and a driver that is too old, are said', async () => {
    const home = join(uvThat('exit 1'), 'home')
    await expect(open(home).torch.install('cuda')).rejects.toThrow(
      'no card that it could use: nvidia-smi is not there, or names none',
    )
    await expect(open(home, { gpus: [CARD] }).torch.install('rocm')).rejects.toThrow('rocm-smi is not there')
    const old = open(home, { gpus: [{ ...CARD, driver: '470.223.02' }] }).torch
    await expect(old.install('auto')).rejects.toThrow('The driver 470.223.02 of NVIDIA H200 is too old for PyTorch')
    await expect(old.install('cpu')).rejects.toMatchObject({ code: 'environment.failed' })
  })

  test('an old uv is told how to get newer', async () => {
    const home = join(uvThat('exit 1', '0.6.3'), 'home')
    await expect(open(home).torch.install('auto')).rejects.toMatchObject({
      code: 'environment.old-uv',
      remedy: expect.stringContaining('uv self update') as string,
    })
  })

  test('a run that trains with it keeps it', async () => {
    const home = join(uvThat('exit 1'), 'home')
    vi.stubEnv('VERITUNE_PYTHON', '')
    const { torch } = open(home, { run: 'mine' })
    mkdirSync(join(home, 'python/torch/bin'), { recursive: true })
    writeFileSync(join(home, 'python/torch/bin/python'), '')
    const installed = {
      schemaVersion: 1,
      program: 'bin/python',
      installer: 'uv 1',
      asked: 'auto',
      installedAt: new Date().toISOString(),
      bytes: 1,
      python: '3.12.1',
      torch: '2.15.0',
      cuda: null,
      rocm: null,
      cards: [],
      problem: null,
      packages: {},
    }
    writeFileSync(join(home, 'python/torch/environment.json'), JSON.stringify(installed))
    await expect(torch.remove()).rejects.toThrow('The run "mine" trains with this PyTorch.')
    await expect(torch.install('cpu')).rejects.toMatchObject({ code: 'environment.in-use' })
    rmSync(join(home, 'python/torch/bin/python'))
    expect(await torch.state()).toMatchObject({ installed: null, problem: expect.stringContaining('leads nowhere') as string })
  })
})
