/** trainer_state.json, which transformers' Trainer writes beside the model and into each checkpoint. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { unreadable } from '../imported-run.ts'

const NAME = 'trainer_state.json'
const MAX_BYTES = 512 * 1024 * 1024
const MAX_STEPS = 1_000_000

const stateSchema = z.object({
  global_step: z.int().min(0).max(MAX_STEPS),
  max_steps: z.int().min(0).max(MAX_STEPS),
  num_train_epochs: z.number().optional(),
  train_batch_size: z.number().nullish(),
  logging_steps: z.number().optional(),
  eval_steps: z.number().nullish(),
  save_steps: z.number().nullish(),
  log_history: z.array(z.looseObject({ step: z.int().min(0).max(MAX_STEPS) })),
})

export interface TrainerState {
  readonly file: string
  readonly writtenAt: Date
  readonly step: number
  readonly maxSteps: number
  /** Numbers that it says of the training, under its own names. */
  readonly told: Readonly<Record<string, number>>
  /** In the order in which they were logged; numbers that are none (null, NaN) are left out. */
  readonly logged: readonly { readonly step: number; readonly values: Readonly<Record<string, number>> }[]
}

/** Of the folder itself, or of its newest checkpoint. Throws Failure import.unreadable. */
export function readTrainerState(folder: string): TrainerState {
  const file = stateFile(folder)
  const { global_step: step, max_steps: maxSteps, log_history: history, ...others } = parsed(file)
  const told = Object.entries(others).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  return {
    file,
    writtenAt: statSync(file).mtime,
    step,
    maxSteps,
    told: Object.fromEntries(told),
    logged: history.map(({ step: at, ...values }) => ({ step: at, values: numbersIn(values) })),
  }
}

function stateFile(folder: string): string {
  if (!existsSync(folder)) throw unreadable(folder, 'is not there.', 'Check the path.')
  const own = join(folder, NAME)
  if (existsSync(own)) return own
  const [newest] = readdirSync(folder)
    .filter((name) => /^checkpoint-\d+$/.test(name) && existsSync(join(folder, name, NAME)))
    .sort((a, b) => Number(b.slice('checkpoint-'.length)) - Number(a.slice('checkpoint-'.length)))
  if (newest !== undefined) return join(folder, newest, NAME)
  const remedy = `Name the output_dir of a TRL trainer; one that saved no checkpoint needs trainer.save_state().`
  throw unreadable(folder, `has no ${NAME}, neither itself nor in a checkpoint.`, remedy)
}

function parsed(file: string): z.infer<typeof stateSchema> {
  const remedy = 'Copy the folder again, or name one of its checkpoints.'
  if (statSync(file).size > MAX_BYTES) throw unreadable(file, 'is larger than 512 MB.', 'Log less often.')
  let json: unknown
  try {
    json = JSON.parse(withoutNaN(readFileSync(file, 'utf8')))
  } catch (error) {
    throw unreadable(file, `is not JSON: ${(error as Error).message}`, remedy, { cause: error })
  }
  const state = stateSchema.safeParse(json)
  if (state.success) return state.data
  const { path, message } = state.error.issues[0]!
  throw unreadable(file, `is no state of a trainer: ${path.join('.')}: ${message}.`, remedy)
}

/** Python writes NaN and Infinity as bare words, which JSON does not have. */
function withoutNaN(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (part) => (part.startsWith('"') ? part : 'null'))
}

function numbersIn(values: Readonly<Record<string, unknown>>): Record<string, number> {
  const entries = Object.entries(values).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  return Object.fromEntries(entries)
}
