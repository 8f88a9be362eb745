/** The PyTorch environment that VeriTune makes in its data folder: what is asked, how far it is, and what is there. */
import { z } from 'zod'
import type { ErrorRecord } from './api.ts'
import { TORCH_BACKENDS } from './torch-backends.ts'

/** In the environment's folder, written when all of it was tried: a folder without it is half made. */
export const ENVIRONMENT_FILE = 'environment.json'

/** What PyTorch says of itself, as native/prove_torch.py prints it. */
export const torchProofSchema = z.object({
  python: z.string(),
  torch: z.string(),
  /** Version that this PyTorch was built for; null = none. */
  cuda: z.string().nullable(),
  rocm: z.string().nullable(),
  /** Cards that it can use, by name. */
  cards: z.array(z.string()),
  /** Why it can use no card although it was built for one; null where it can, or was not. */
  problem: z.string().nullable(),
  /** Installed packages -> version. */
  packages: z.record(z.string(), z.string()),
})
export type TorchProof = z.infer<typeof torchProofSchema>

export const installedTorchSchema = torchProofSchema.extend({
  schemaVersion: z.literal(1),
  /** Of its Python, from the environment's folder. */
  program: z.string().min(1),
  /** e.g. `uv 0.13.9` */
  installer: z.string(),
  asked: z.enum(TORCH_BACKENDS),
  installedAt: z.iso.datetime(),
  /** Of its files. */
  bytes: z.number(),
})
export type InstalledTorch = z.infer<typeof installedTorchSchema>

/** python: the environment is made · packages: fetched and installed · proof: PyTorch is loaded and computes. */
export type TorchStage = 'python' | 'packages' | 'proof'

export interface TorchProgress {
  readonly stage: TorchStage
  /** What the installer said last. */
  readonly line: string
  /** Of the large packages: named so far, and fetched. 0 where the installer names no sizes. */
  readonly totalBytes: number
  readonly doneBytes: number
  /** ISO-UTC */
  readonly startedAt: string
  /** null while it goes on; an error for one that failed. */
  readonly end: 'done' | 'cancelled' | ErrorRecord | null
}

export interface TorchInstaller {
  readonly name: 'uv' | 'pip'
  /** uv, or the Python whose venv and pip are used. */
  readonly program: string
  readonly version: string
}

export interface TorchState {
  readonly folder: string
  readonly installed: InstalledTorch | null
  /** Why what lies in the folder cannot be used; null where all is well, or nothing lies there. */
  readonly problem: string | null
  /** Python that VERITUNE_PYTHON names, which trainers take instead; null without. */
  readonly named: string | null
  /** null: neither uv nor a Python that could be taken is there. */
  readonly installer: TorchInstaller | null
  /** How to get uv on this platform. */
  readonly uvRemedy: string
  /** Under way here. */
  readonly progress: TorchProgress | null
}
