/**
 * Makes the PyTorch environment of a data folder: in `torch.partial`, tried, and only then renamed to `torch`, so that a folder of that name is
 * always whole. Whatever fails leaves the environment that was there before.
 */
import { existsSync } from 'node:fs'
import { lstat, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '#contract/failure'
import type { Gpu } from '#contract/gpu'
import type { TorchBackend } from '#contract/torch-backends'
import {
  ENVIRONMENT_FILE,
  type InstalledTorch,
  type TorchInstaller,
  type TorchProgress,
  type TorchProof,
} from '#contract/torch-environment'
import { installCommands, PYTHON_PLACE, type ToolCommand } from './commands.ts'
import { takeLock, type Lock } from './lock.ts'
import { proveTorch } from './prove-torch.ts'
import { neededGb, refuseCards, refuseFullDisk } from './refuse.ts'
import { runTool } from './run-tool.ts'
import { FetchTally, isOutOfSpace, reasonIn } from './tool-lines.ts'
import type { TorchFolders } from './torch-folder.ts'

export interface InstallOrder {
  readonly folders: TorchFolders
  readonly installer: TorchInstaller
  readonly backend: TorchBackend
  readonly gpus: readonly Gpu[]
  /** Exact versions, and what tries the result: files of native/. */
  readonly lockFile: string
  readonly proofFile: string
  readonly now: () => Date
  readonly onProgress: (progress: Pick<TorchProgress, 'stage' | 'line' | 'totalBytes' | 'doneBytes'>) => void
  readonly stop: AbortSignal
}

/** Throws the environment.* failures, and the reason of `stop`. */
export async function installTorch(order: InstallOrder): Promise<InstalledTorch> {
  const { folders, installer, backend, gpus, stop } = order
  refuseCards(backend, gpus)
  const lock = takeLock(folders.lock)
  try {
    await removeRemains(folders)
    const needGb = neededGb(installer, backend, gpus)
    await refuseFullDisk(folders.whole, needGb)
    for (const command of installCommands(installer, { ...order, folder: folders.partial }))
      await perform(command, order, lock, needGb)
    order.onProgress({ stage: 'proof', line: 'Loading PyTorch', totalBytes: 0, doneBytes: 0 })
    const proof = await proveTorch(join(folders.partial, PYTHON_PLACE), order.proofFile, stop)
    refuseWithoutCard(backend, proof)
    const installed = await describe(order, proof)
    await writeFile(join(folders.partial, ENVIRONMENT_FILE), `${JSON.stringify(installed, null, 2)}\n`)
    stop.throwIfAborted()
    await putInPlace(folders)
    return installed
  } finally {
    await removeRemains(folders)
    lock.release()
  }
}

/** Throws Failure environment.busy. Nothing there is nothing to do. */
export async function removeTorch(folders: TorchFolders): Promise<void> {
  const lock = takeLock(folders.lock)
  try {
    // Out of sight at once: what is half removed must not be taken for whole.
    if (existsSync(folders.whole)) {
      await rm(folders.old, { recursive: true, force: true })
      await rename(folders.whole, folders.old)
    }
    await removeRemains(folders)
  } finally {
    lock.release()
  }
}

async function perform(command: ToolCommand, order: InstallOrder, lock: Lock, needGb: number): Promise<void> {
  const { stage, program, args } = command
  const tally = new FetchTally()
  const tell = (line: string): void => {
    tally.hear(line)
    order.onProgress({ stage, line: line.trim(), ...tally.amounts })
  }
  const { code, lastWords } = await runTool({
    program,
    args,
    // Lines for a program: without colours.
    environment: { ...process.env, NO_COLOR: '1', PYTHONUNBUFFERED: '1' },
    stop: order.stop,
    onStart: (pid) => lock.add(pid),
    onLine: tell,
  }).catch((error: unknown) => {
    if (order.stop.aborted) throw error
    throw failed(order.installer, (error as Error).message)
  })
  if (code === 0) return
  if (isOutOfSpace(lastWords))
    throw new Failure('environment.no-space', { folder: order.folders.whole, needGb, haveGb: 'too few' })
  throw failed(order.installer, reasonIn(lastWords))
}

function failed({ name, version }: TorchInstaller, reason: string): Failure {
  return new Failure('environment.failed', { installer: name === 'uv' ? `uv ${version}` : `pip of Python ${version}`, reason })
}

/** Who asked for a card is not helped by an environment that runs without. */
function refuseWithoutCard(backend: TorchBackend, { cards, problem }: TorchProof): void {
  if ((backend !== 'cuda' && backend !== 'rocm') || cards.length > 0) return
  throw new Failure('environment.no-card', { backend, reason: problem ?? 'the build that was found is for the processor' })
}

async function describe({ folders, installer, backend, now }: InstallOrder, proof: TorchProof): Promise<InstalledTorch> {
  return {
    schemaVersion: 1,
    program: PYTHON_PLACE,
    installer: `${installer.name} ${installer.version}`,
    asked: backend,
    installedAt: now().toISOString(),
    bytes: await bytesBelow(folders.partial),
    ...proof,
  }
}

async function putInPlace({ whole, partial, old }: TorchFolders): Promise<void> {
  if (existsSync(whole)) await rename(whole, old)
  await rename(partial, whole)
}

/** Of an installation that ended badly; an environment that was being replaced goes back to its place. */
async function removeRemains({ whole, partial, old }: TorchFolders): Promise<void> {
  if (!existsSync(whole) && existsSync(join(old, ENVIRONMENT_FILE)) && existsSync(partial)) await rename(old, whole)
  for (const folder of [partial, old]) await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  let bytes = 0
  for (const entry of entries) if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size
  return bytes
}
