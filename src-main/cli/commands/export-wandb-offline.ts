import { resolve } from 'node:path'
import { Failure } from '#contract/failure'
import { WANDB_PROJECT, type OfflineReport } from '#contract/wandb-offline'
import { command, JSON_OPTION } from '../command.ts'
import { findRun } from '../find-run.ts'
import { counted, fileSize } from '../numbers.ts'

export const exportWandbOffline = command({
  name: 'export wandb-offline',
  summary: 'Write a run into a folder that `wandb sync` sends to Weights & Biases',
  takes: ['run'],
  options: {
    out: { type: 'string', hint: 'DIR', says: "folder that gets the run's own; an earlier export of the run in it is replaced" },
    project: { type: 'string', hint: 'NAME', says: `project at Weights & Biases (default ${WANDB_PROJECT})` },
    entity: { type: 'string', hint: 'NAME', says: 'user or team there (default: that of whoever sends it)' },
    json: JSON_OPTION,
  },
  notes: [
    'Nothing is sent and no key is needed. `wandb sync DIR` sends all runs in it, from any machine that has the official tool.',
    'A run that goes on is written as far as it is; export it again later, into the same folder.',
    'That tool says "Finished syncing" even where the server refused; look at the run on its page.',
  ],
  run: async ({ terminal, workbench, folder }, [text], values) => {
    if (!values.out) throw new Failure('arguments.invalid', { problem: '`veritune export wandb-offline` needs --out.' })
    const { api } = await workbench()
    const { id } = await findRun(api, text!)
    const report = await api['runs.export-offline'](id, {
      out: resolve(folder, values.out),
      project: values.project ?? WANDB_PROJECT,
      entity: values.entity ?? '',
    })
    terminal.print(values.json === true ? JSON.stringify(report, null, 2) : textOf(report))
    return 0
  },
})

function textOf({ folder, bytes, lineCount, step, isUnfinished }: OfflineReport): string {
  const rest = isUnfinished ? ' The run has not ended: export it again for the rest.' : ''
  return [
    `${counted(lineCount, 'line')} up to step ${step} (${fileSize(bytes)}) are in ${folder}.${rest}`,
    `Send them: wandb sync ${folder}`,
  ].join('\n')
}
