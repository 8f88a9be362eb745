/** What there is to train and to try: models of this workbench, and the checkpoints of its runs. */
import { z } from 'zod'
import type { ModelInspection, ModelProblem } from './model-inspection.ts'

/** `models.json` in the data folder: folders that a person added. */
export const addedModelsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  models: z.array(z.strictObject({ path: z.string().min(1), addedAt: z.iso.datetime() })),
})
export type AddedModels = z.infer<typeof addedModelsSchema>

/** starter: it ships with VeriTune · downloaded: in the data folder · added: by its path · run: a run trains it. */
export type ModelOrigin = 'starter' | 'downloaded' | 'added' | 'run'

export interface KnownModel {
  /** `starter`, or the absolute path of its folder. */
  readonly path: string
  readonly origin: ModelOrigin
  /** null: there is no model in the folder. Its memory is that of a run with the first preset's settings. */
  readonly inspection: ModelInspection | null
  /** Why it cannot be looked at; null when it can. */
  readonly problem: ModelProblem | null
  /** Runs of this workbench that began with it. */
  readonly runCount: number
}

export interface KnownCheckpoint {
  readonly step: number
  /** Of its files together. */
  readonly bytes: number
  /** pass@1 on the validation tasks at its step; null when it was not evaluated there. */
  readonly passAt1: number | null
  /** Where that was highest. */
  readonly isBest: boolean
}

export interface CheckpointedRun {
  readonly run: string
  readonly name: string
  /** What it began with. */
  readonly model: string
  /** false: all weights were trained, so that there is no adapter. */
  readonly hasAdapter: boolean
  /** By step. */
  readonly checkpoints: readonly KnownCheckpoint[]
}

export interface ModelList {
  /** The starter first. */
  readonly models: readonly KnownModel[]
  /** Runs with a checkpoint, newest first. */
  readonly runs: readonly CheckpointedRun[]
}
