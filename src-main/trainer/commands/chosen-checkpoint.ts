/** The checkpoint of a run that somebody asks for. */
import { basename, join } from 'node:path'
import { Failure } from '#contract/failure'
import { RUN_FILES } from '#contract/run-directory'
import type { CheckpointChoice } from '#contract/service'
import { bestCheckpoint } from '../checkpoint/best.ts'
import { namedCheckpoints, type NamedCheckpoint } from '../checkpoint/checkpoint.ts'
import { readJournal } from '../journal/journal.ts'

/** One that the journal names and that is whole. Throws Failure run.no-checkpoint, and arguments.invalid naming what there is. */
export function chosenCheckpoint(directory: string, choice: CheckpointChoice): NamedCheckpoint {
  const run = basename(directory)
  const { events } = readJournal(join(directory, RUN_FILES.journal))
  const named = namedCheckpoints(directory, events)
  if (named.length === 0) throw new Failure('run.no-checkpoint', { run })
  if (choice === 'newest') return named.at(-1)!
  const chosen = choice === 'best' ? bestCheckpoint(named, events) : named.findLast(({ step }) => step === choice)
  if (chosen !== null && chosen !== undefined) return chosen
  const problem =
    choice === 'best'
      ? `The run "${run}" was not evaluated at the step of any checkpoint, so that none is known to be best.`
      : `The run "${run}" has no checkpoint of step ${choice}; it has those of ${[...new Set(named.map(({ step }) => step))].join(', ')}.`
  throw new Failure('arguments.invalid', { problem })
}
