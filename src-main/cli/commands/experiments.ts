import { command, JSON_OPTION } from '../command.ts'
import { phaseText } from '../experiment-text.ts'
import { tableLines } from '../table.ts'

export const experiments = command({
  name: 'experiments',
  summary: 'List the experiments, newest first',
  takes: [],
  options: { json: JSON_OPTION },
  notes: [],
  run: async ({ terminal, workbench }, _, values) => {
    const states = await (await workbench()).api['experiments.list']()
    if (values.json === true) terminal.print(JSON.stringify(states, null, 2))
    else if (states.length === 0) terminal.print('There are no experiments yet. `veritune experiment starter` starts one.')
    else
      terminal.print(
        tableLines([['ID', 'TITLE', ''], ...states.map((state) => [state.id, state.plan.title, phaseText(state)])], []).join(
          '\n',
        ),
      )
    return 0
  },
})
