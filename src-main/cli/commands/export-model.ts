import { resolve } from 'node:path'
import { Failure } from '#contract/failure'
import { EXPORT_DEFAULTS } from '#contract/export-formats'
import { exportRequestSchema, type ExportReport, type ExportRequest } from '#contract/model-export'
import { command, JSON_OPTION, wholeNumber } from '../command.ts'
import { findRun } from '../find-run.ts'
import { fileSize } from '../numbers.ts'
import { tableLines } from '../table.ts'

export const exportModel = command({
  name: 'export-model',
  summary: 'Write what a run has trained into a folder for other programs',
  takes: ['run'],
  options: {
    format: { type: 'string', hint: 'FORMAT', says: 'adapter (for PEFT), merged (a whole model) or onnx (a graph)' },
    out: { type: 'string', hint: 'DIR', says: 'folder that is not there yet, or empty' },
    step: { type: 'string', hint: 'N', says: 'checkpoint of that step instead of the newest' },
    dtype: { type: 'string', hint: 'TYPE', says: 'of a merged model: float32 (default), float16 or bfloat16' },
    length: { type: 'string', hint: 'N', says: `tokens of an onnx graph's input (default ${EXPORT_DEFAULTS.lengthTokens})` },
    json: JSON_OPTION,
  },
  notes: ['An onnx graph has a fixed length and runs in ONNX Runtime; a shorter text is padded at its right.'],
  run: async ({ terminal, workbench, folder }, [text], values) => {
    for (const name of ['format', 'out'] as const) {
      if (values[name] === undefined)
        throw new Failure('arguments.invalid', { problem: `\`veritune export-model\` needs --${name}.` })
    }
    const request = checked({
      format: values.format,
      out: resolve(folder, values.out!),
      step: values.step === undefined ? null : wholeNumber('step', values.step),
      dtype: values.dtype ?? EXPORT_DEFAULTS.dtype,
      lengthTokens: values.length === undefined ? EXPORT_DEFAULTS.lengthTokens : wholeNumber('length', values.length),
    })
    const { api } = await workbench()
    const { id } = await findRun(api, text!)
    terminal.status('Writing …')
    const report = await api['runs.export'](id, request)
    terminal.status(null)
    terminal.print(values.json === true ? JSON.stringify(report, null, 2) : textOf(report))
    return 0
  },
})

const OPTION_OF: Readonly<Record<string, string>> = { lengthTokens: 'length' }

function checked(request: unknown): ExportRequest {
  const parsed = exportRequestSchema.safeParse(request)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  const field = String(path[0] ?? '')
  throw new Failure('arguments.invalid', { problem: `--${OPTION_OF[field] ?? field}: ${message}.` })
}

function textOf({ folder, format, step, files }: ExportReport): string {
  const rows = files.map(({ name, bytes }) => [name, fileSize(bytes)])
  return [`Step ${step} as ${format} is in ${folder}`, ...tableLines(rows, [1]).map((line) => `  ${line}`)].join('\n')
}
