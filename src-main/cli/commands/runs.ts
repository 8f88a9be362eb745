import { makerTitle } from '#contract/algorithm-names'
import type { RunStatus, RunSummary } from '#contract/api'
import { command, JSON_OPTION } from '../command.ts'
import { percent, sparkline } from '../numbers.ts'
import { tableLines } from '../table.ts'
import type { Style, Terminal } from '../terminal.ts'

const SPARKLINE_WIDTH = 16

export const runs = command({
  name: 'runs',
  summary: 'List the runs, newest first',
  takes: [],
  options: { json: JSON_OPTION },
  notes: [],
  run: async ({ terminal, workbench }, _, values) => {
    const summaries = await (await workbench()).api['runs.list']()
    if (values.json === true) terminal.print(JSON.stringify(summaries, null, 2))
    else if (summaries.length === 0) {
      terminal.print('There are no runs yet. `veritune train --preset starter-grpo` starts one.')
    } else terminal.print(listLines(summaries, terminal).join('\n'))
    return 0
  },
})

function listLines(summaries: readonly RunSummary[], terminal: Terminal): string[] {
  const head = ['ID', 'NAME', 'STATUS', 'ALGORITHM', 'STEP', 'FUNCTIONAL', '']
  const rows = summaries.map((run) => [
    run.id,
    run.remote === null ? run.name : `${run.name} (on ${run.remote.host})`,
    paintStatus(terminal, run.status),
    run.origin === null && !run.isSupervised ? run.algorithm : makerTitle(run),
    `${run.step}/${run.steps}`,
    percent(run.latest['train/functional_rate']),
    sparkline(run.functionalRate, SPARKLINE_WIDTH),
  ])
  return tableLines([head, ...rows], [4, 5])
}

const STYLES: Partial<Record<RunStatus, Style>> = {
  running: 'bold',
  finished: 'green',
  paused: 'yellow',
  stopped: 'yellow',
  failed: 'red',
  'out-of-memory': 'red',
  crashed: 'red',
}

export function paintStatus(terminal: Terminal, status: RunStatus): string {
  const style = STYLES[status]
  return style === undefined ? status : terminal.paint(style, status)
}
