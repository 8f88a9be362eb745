/** notes.json of a run: read, and changed whole. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RUN_FILES, type RunNotes } from '#contract/run-directory'
import { runNotesSchema, type NotesChange, type RunRemarks } from '#contract/run-notes'

/** What cannot be read is as the run began: named by its settings, without a remark. */
export function readNotes(directory: string, name: string): RunRemarks {
  const first: RunRemarks = { name, tags: [], text: '', isArchived: false }
  const { createdAt: _made, ...said } = notesIn(directory)
  return runNotesSchema.safeParse({ ...first, ...said }).data ?? first
}

/** Renamed into place, so that nobody reads half of it. */
export function changeNotes(directory: string, name: string, change: NotesChange): void {
  const file = join(directory, RUN_FILES.notes)
  const { createdAt } = notesIn(directory)
  writeFileSync(`${file}.partial`, `${JSON.stringify({ ...readNotes(directory, name), ...change, createdAt }, null, 2)}\n`)
  renameSync(`${file}.partial`, file)
}

function notesIn(directory: string): Partial<RunNotes> {
  try {
    return JSON.parse(readFileSync(join(directory, RUN_FILES.notes), 'utf8')) as Partial<RunNotes>
  } catch {
    return {}
  }
}
