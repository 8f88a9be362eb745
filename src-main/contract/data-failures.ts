/** Failures about data sets, tasks and what is fetched or handed over: a part of the catalogue in `failure.ts`. */
import type { CatalogueEntry } from './failure-entry.ts'

export const DATA_FAILURES = {
  'dataset.missing': {
    exitCode: 2,
    message: 'The task file {file} is not there.',
    remedy: 'Check the path.',
    setting: 'dataset.id',
  },
  'dataset.unreadable': {
    exitCode: 2,
    message: '{file} cannot be read: {reason}',
    remedy: 'Get it again, or unpack it and import the folder.',
  },
  'dataset.unknown': {
    exitCode: 2,
    message: 'This workbench knows no data set {dataset}.',
    remedy: 'Check it first: on the screen Datasets, or by `veritune dataset check`.',
  },
  'dataset.check-cancelled': {
    exitCode: 3,
    message: 'The check of {file} was cancelled.',
    remedy: 'Nothing was kept of it; check it again when you like.',
  },
  'dataset.unknown-layout': {
    exitCode: 2,
    message: '{file} holds no data set of a known layout.',
    remedy:
      'Known are VerilogEval, RTLLM, VGen, VeriReason, veRL, tasks.jsonl of VeriTune, and rows (.jsonl, .json, .csv, .parquet) with a prompt and a reference or a testbench.',
  },
  'dataset.unknown-columns': {
    exitCode: 2,
    message: '{file} has rows, but it is not known which columns make a task. They are: {columns}.',
    remedy: 'Say which is which: --map prompt=COLUMN,reference=COLUMN (also testbench, moduleName, split, id).',
  },
  'dataset.invalid-line': {
    exitCode: 2,
    message: '{file}, line {line}: {field} {problem}',
    remedy: 'Correct that line; nothing was imported.',
    setting: 'dataset.id',
  },
  'dataset.empty-split': {
    exitCode: 2,
    message: 'The data set has no tasks in its {split} split.',
    remedy: 'Add tasks with "split": "{split}".',
    setting: 'dataset.id',
  },
  'dataset.prompts-too-long': {
    exitCode: 2,
    message: 'No {split} task leaves the model room for an answer: it reads {tokens} tokens at most.',
    remedy: 'Choose a model that reads more, or tasks with shorter prompts.',
    setting: 'dataset.id',
  },
  'dataset.undecidable': {
    exitCode: 2,
    message:
      'The judge "{judge}" cannot decide {count} tasks of the {split} split, e.g. {example}: it has nothing to compare a design with.',
    remedy: 'Choose the judge that these tasks were checked with: --set judge={other}.',
    setting: 'judge',
  },
  'task.unknown': { exitCode: 2, message: 'There is no task "{id}".', remedy: 'Task ids are the `id` fields of {file}.' },
  'upload.disk-full': {
    exitCode: 3,
    message: 'No space is left on the disk that holds {folder}.',
    remedy: 'Free some space and hand the files over again, or name their path, which copies nothing.',
  },
  'upload.lost': {
    exitCode: 3,
    message: 'The first part of these files is gone.',
    remedy: 'Hand the files over again.',
  },
  'download.unreachable': {
    exitCode: 3,
    message: '{host} cannot be reached: {reason}.',
    remedy: 'Paste a local folder instead, or try again: what was fetched is kept.',
  },
  'download.refused': {
    exitCode: 2,
    message: '{host} does not give out {repository}: {reason}.',
    remedy: '{remedy}',
  },
  'download.missing': {
    exitCode: 2,
    message: '{host} has no {what}.',
    remedy: 'Check the name, which is owner/name, and the revision.',
  },
  'download.no-weights': {
    exitCode: 2,
    message: '{repository} has no safetensors; {found}.',
    remedy:
      'Choose a repository with safetensors, or convert the weights on a computer with Python: AutoModelForCausalLM.from_pretrained(name).save_pretrained(folder, safe_serialization=True).',
  },
  'download.untrusted': {
    exitCode: 3,
    message: 'The answer of {host} cannot be used: {problem}.',
    remedy: 'Nothing of it was written. Check HF_ENDPOINT, or try another source.',
  },
  'download.corrupt': {
    exitCode: 3,
    message: '{file} is not what {host} announced: its checksum differs. The file was deleted.',
    remedy: 'Download again; what was whole is kept.',
  },
  'download.no-space': {
    exitCode: 3,
    message: 'The disk that holds {folder} has no room: {needGb} GB are still to come.',
    remedy: 'Free some space, or choose another folder with --out, then download again: it goes on where it stopped.',
  },
  'download.occupied': {
    exitCode: 2,
    message: '{folder} holds something else already.',
    remedy: 'Choose another folder with --out, or remove that one.',
  },
  'download.cancelled': {
    exitCode: 3,
    message: 'The download of {repository} was cancelled.',
    remedy: 'What was fetched is kept; download it again to go on.',
  },
} as const satisfies Record<string, CatalogueEntry>
