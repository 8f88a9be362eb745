import { resolve } from 'node:path'
import type { ImportReport } from '#contract/run-origin'
import { command, JSON_OPTION } from '../command.ts'
import { counted } from '../numbers.ts'

export const importTrl = command({
  name: 'import trl',
  summary: "Take in a run that was made with TRL's GRPO or RLOO, for comparison",
  takes: ['folder'],
  options: {
    name: { type: 'string', hint: 'NAME', says: "of the run here (default: the folder's)" },
    json: JSON_OPTION,
  },
  notes: [
    'The folder is an output_dir: trainer_state.json, its own or that of its newest checkpoint, and completions/*.parquet.',
    'It is read and not changed. What TRL measures as VeriTune does stands under the same name, everything else under trl/.',
    'Such a run can be looked at and compared; it cannot be resumed or cloned.',
  ],
  run: async ({ terminal, workbench, folder }, [path], values) => {
    const { api } = await workbench()
    const request = { tool: 'trl', folder: resolve(folder, path!), name: values.name ?? null } as const
    const report = await api['runs.import'](request)
    terminal.print(values.json === true ? JSON.stringify(report, null, 2) : textOf(report))
    return 0
  },
})

function textOf({ id, stepCount, completionCount, remarks }: ImportReport): string {
  return [`${id}: ${counted(stepCount, 'logged step')}, ${counted(completionCount, 'completion')}`, ...remarks].join('\n')
}
