import type { RunRequest } from '#contract/api'
import type { MemoryReport, MemoryTerm, ModelInspection } from '#contract/model-inspection'
import { command, JSON_OPTION } from '../command.ts'
import { fileSize } from '../numbers.ts'
import { modelPlace, parseSetting } from '../run-request.ts'
import { tableLines } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export const modelInspect = command({
  name: 'model inspect',
  summary: 'Say what a model folder is, whether it can be trained here, and in how much memory',
  takes: ['folder'],
  options: {
    preset: { type: 'string', hint: 'NAME', says: 'settings that the memory is estimated for; starter-grpo if left out' },
    set: { type: 'string', multiple: true, hint: 'PATH=VALUE', says: 'any setting, e.g. microbatchSize=2' },
    json: JSON_OPTION,
  },
  notes: ['Nothing is loaded. Exit code 0 when the embedded engine can train the model and the memory is enough, else 2.'],
  run: async ({ terminal, workbench, folder }, [text], values) => {
    const overrides = Object.fromEntries((values.set ?? []).map((setting) => parseSetting(setting, folder)))
    const request: RunRequest = { preset: values.preset ?? 'starter-grpo', overrides }
    const { api } = await workbench()
    const inspection = await api['models.inspect'](modelPlace(text!, folder) as string, request)
    terminal.print(values.json === true ? JSON.stringify(inspection, null, 2) : textOf(inspection, terminal))
    return inspection.problems.length === 0 && inspection.memory?.fits !== false ? 0 : 2
  },
})

function textOf(inspection: ModelInspection, terminal: Terminal): string {
  const { problems, memory, advice } = inspection
  return [
    ...tableLines(rowsOf(inspection)),
    '',
    ...(problems.length === 0
      ? [terminal.paint('green', 'The embedded engine can train it.')]
      : [terminal.paint('red', 'The embedded engine cannot train it:')]),
    ...problems.map(({ message, remedy }) => `  ${message} ${remedy}`),
    ...(memory === null ? [] : ['', ...memoryLines(memory, terminal)]),
    ...(advice.length === 0 ? [] : ['', ...advice]),
  ].join('\n')
}

function rowsOf(inspection: ModelInspection): string[][] {
  const { folder, architecture, modelType, parameterCount, dtypes, shards, contextLength, tokenizer, source } = inspection
  const stored = shards.reduce((sum, { bytes }) => sum + bytes, 0)
  const files = shards.length === 1 ? shards[0]!.file : `${shards.length} files`
  return [
    ['Folder', folder],
    ...(source === null
      ? []
      : [['From', `${source.origin} at ${source.revision.slice(0, 12)}, licence ${source.licence ?? 'not named'}`]]),
    ['Architecture', architecture ?? modelType ?? 'not named'],
    ['Parameters', parameterCount === null ? 'unknown' : rounded(parameterCount)],
    ['Weights', shards.length === 0 ? 'none' : `${dtypes.join(', ')}, ${fileSize(stored)} in ${files}`],
    ['Context', contextLength === null ? 'unknown' : `${contextLength} tokens`],
    [
      'Tokenizer',
      tokenizer === null
        ? 'none that can be used'
        : `${tokenizer.vocabularySize} tokens, ends with ${tokenizer.endTokens.join(', ')}`,
    ],
    ['Chat template', inspection.hasChatTemplate ? 'there' : 'none'],
  ]
}

const TERM_WORDS: Readonly<Record<MemoryTerm, string>> = {
  scoring: 'scorers',
  runtime: 'engine without a model',
  graphs: 'compiled graphs that are kept',
  weights: 'weights',
  reference: 'frozen copy of the weights',
  adapter: 'adapter',
  optimizer: 'optimizer state',
  merged: 'merged weights for rollouts',
  cache: 'keys and values of rollouts',
  decoding: 'tensors of rollouts',
  gradients: 'gradients',
  activations: 'activations of a microbatch',
  logits: 'logits of a microbatch',
}

function memoryLines(memory: MemoryReport, terminal: Terminal): string[] {
  const { parts, totalBytes, availableBytes, machineBytes, promptTokens, isPromptMeasured, remedy } = memory
  const prompts = `prompts of up to ${promptTokens} tokens${isPromptMeasured ? '' : ' (a guess)'}`
  const rows = [...parts.map(({ term, bytes }) => [TERM_WORDS[term], fileSize(bytes)]), ['together', fileSize(totalBytes)]]
  return [
    `Memory of a run with these settings, ${prompts}:`,
    ...tableLines(rows, [1]).map((line) => `  ${line}`),
    ...(availableBytes === null || machineBytes === null
      ? []
      : [`This computer has ${fileSize(availableBytes)} to give, of ${fileSize(machineBytes)}.`]),
    ...(remedy === null ? [] : [terminal.paint('red', `That is not enough. ${remedy.sentence}`)]),
  ]
}

/** `6.7 M`, `1345.3 M`. */
function rounded(count: number): string {
  return count < 1e5 ? `${(count / 1e3).toFixed(1)} k` : `${(count / 1e6).toFixed(1)} M`
}
