import { command, JSON_OPTION } from '../command.ts'
import { absolute } from '../run-request.ts'

export const datasetAllow = command({
  name: 'dataset allow',
  summary: 'Let native simulators run the designs of a data set without a sandbox on this machine',
  takes: ['path'],
  options: {
    revoke: { type: 'boolean', says: 'take the permission back' },
    json: JSON_OPTION,
  },
  notes: [
    'For machines without Bubblewrap, and for data sets that you trust: their testbenches could read and write your files.',
    '"starter" stands for the tasks that come with VeriTune.',
  ],
  run: async ({ terminal, workbench, folder }, [path], values) => {
    const { api } = await workbench()
    const dataset = absolute(path!, folder) as string
    const sources = await api['datasets.allow'](dataset, values.revoke !== true)
    const lines = sources.map((source) => `${source.dataset} (since ${source.allowedAt.slice(0, 10)})`)
    const text =
      lines.length === 0
        ? 'No data set may be simulated without a sandbox.'
        : ['Without a sandbox may be simulated:', ...lines].join('\n  ')
    terminal.print(values.json === true ? JSON.stringify(sources, null, 2) : text)
    return 0
  },
})
