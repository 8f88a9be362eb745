import { command, JSON_OPTION } from '../command.ts'
import { counted } from '../numbers.ts'

export const storeRebuild = command({
  name: 'store rebuild',
  summary: 'Make the index again from the run folders',
  takes: [],
  options: { json: JSON_OPTION },
  notes: ['The run folders are the truth; nothing of them is changed.'],
  run: async ({ terminal, workbench }, _, values) => {
    const { api } = await workbench()
    const made = await api['store.rebuild']()
    const text = `The store holds ${counted(made.runs, 'run')} and ${counted(made.events, 'event')}.`
    terminal.print(values.json === true ? JSON.stringify(made) : text)
    return 0
  },
})
