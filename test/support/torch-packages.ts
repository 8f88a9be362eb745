/**
 * A folder of wheels for every line of native/torch-lock.txt, for installations without a network: empty packages, and a torch that can multiply
 * ones, or the real one of VERITUNE_PYTHON.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { vi } from 'vitest'
import { findUv } from '#python/find-installer'
import { PYTHON } from './python.ts'
import { REPOSITORY } from './run-builders.ts'
import { zipOf } from './zip.ts'

export const NATIVE = join(REPOSITORY, 'native')

/** What stands for torch. real: whatever VERITUNE_PYTHON has. broken: it cannot be loaded. */
export type TorchKind = 'small' | 'real' | 'broken'

const SMALL_TORCH = `
__version__ = "2.15.0"
class version: cuda = None; hip = None
class _Product:
    def __init__(self, total): self.total = total
    def sum(self): return self.total
class _Full:
    def __init__(self, size, value): self.size, self.value = size, value
    def __matmul__(self, other): return _Product(self.size ** 3 * self.value * other.value)
def ones(rows, columns, device): return _Full(rows, 1.0)
def full(shape, value, device): return _Full(shape[0], value)
`

/** Makes the folder, and lets uv and pip find packages there alone. */
export function offerTorchPackages(folder: string, kind: TorchKind): void {
  const wheels = join(folder, 'wheels')
  mkdirSync(wheels, { recursive: true })
  for (const [name, version] of lockedPackages()) writeWheel(wheels, name, version, filesOf(name, kind))
  writeFileSync(join(folder, 'uv.toml'), `no-index = true\nfind-links = [${JSON.stringify(wheels)}]\n`)
  const environment = {
    UV_CONFIG_FILE: join(folder, 'uv.toml'),
    UV_CACHE_DIR: join(folder, 'cache'),
    UV_PYTHON: PYTHON,
    UV_PYTHON_DOWNLOADS: 'never',
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: wheels,
    PIP_CONFIG_FILE: process.platform === 'win32' ? 'nul' : '/dev/null',
  }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
}

/** Name and version of each line, as markers leave them: of two lines for one name both. */
export function lockedPackages(): [name: string, version: string][] {
  const lines = readFileSync(join(NATIVE, 'torch-lock.txt'), 'utf8').split('\n')
  return lines.flatMap((line) => {
    const [, name, version] = /^([\w.-]+)==([\w.+-]+)/.exec(line) ?? []
    return name === undefined ? [] : [[name, version!]]
  })
}

/** uv of the machine, else the one beside VERITUNE_PYTHON; null without. */
export async function uvProgram(): Promise<string | null> {
  const beside = { ...process.env, PATH: `${process.env.PATH}${process.platform === 'win32' ? ';' : ':'}${dirname(PYTHON)}` }
  return (await findUv(beside))?.program ?? null
}

function filesOf(name: string, kind: TorchKind): Record<string, string> {
  if (name === 'torch') {
    if (kind === 'small') return { 'torch/__init__.py': SMALL_TORCH }
    if (kind === 'broken') return { 'torch/__init__.py': 'raise OSError("libtorch_cpu.so: cannot open shared object file")\n' }
    return { 'veritune_real_torch.pth': `${sitePackages()}\n` }
  }
  if (kind === 'real') return {}
  if (name === 'safetensors') return { 'safetensors/__init__.py': '', 'safetensors/torch.py': '' }
  return ['numpy', 'transformers'].includes(name) ? { [`${name}/__init__.py`]: '' } : {}
}

function sitePackages(): string {
  const program = 'import torch, os; print(os.path.dirname(os.path.dirname(torch.__file__)))'
  return spawnSync(PYTHON, ['-c', program], { encoding: 'utf8' }).stdout.trim()
}

/** Source of the format: PEP 427. */
function writeWheel(folder: string, name: string, version: string, files: Record<string, string>): void {
  const stem = `${name.replaceAll(/[-.]+/g, '_')}-${version}`
  const described = {
    ...files,
    [`${stem}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${stem}.dist-info/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  }
  const names = [...Object.keys(described), `${stem}.dist-info/RECORD`]
  const record = names.map((file) => `${file},,\n`).join('')
  const entries = Object.entries({ ...described, [`${stem}.dist-info/RECORD`]: record }).map(([file, data]) => ({
    name: file,
    data,
  }))
  writeFileSync(join(folder, `${stem}-py3-none-any.whl`), zipOf(entries))
}
