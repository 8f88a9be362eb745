/** What the README.md of a TRL folder says; TRL writes one with each checkpoint. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface CardFacts {
  readonly trainer: string | null
  readonly version: string | null
  /** Name or path of the model that was trained. */
  readonly model: string | null
}

export function readModelCard(folder: string): CardFacts {
  const file = join(folder, 'README.md')
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const found = (pattern: RegExp): string | null => pattern.exec(text)?.[1]?.trim() ?? null
  const model = found(/^base_model: (.+)$/m) ?? found(/fine-tuned version of \[([^\]]+)\]/)
  return {
    trainer: found(/^This model was trained with ([\w-]+)[ ,.]/m),
    version: found(/^- TRL: (\S+)$/m),
    model: model === 'None' ? null : model,
  }
}
