import { command } from '../command.ts'
import { findRun } from '../find-run.ts'
import { endCode, EndWatch } from '../run-end.ts'

const LOOK_AGAIN_MS = 300

export const stop = command({
  name: 'stop',
  summary: 'End a run with a checkpoint, and wait for it',
  takes: ['run'],
  options: { 'no-wait': { type: 'boolean', says: 'ask only; do not wait for the end' } },
  notes: ['Exit code 0 when the run has ended, however it did.'],
  run: async (context, [text], values) => {
    const { api } = await context.workbench()
    const { id, status } = await findRun(api, text!)
    if (endCode(status) !== null) {
      context.terminal.print(`Run ${id} has already ended: ${status}.`)
      return 0
    }
    await api['runs.control'](id, { command: 'stop' })
    if (values['no-wait'] === true) {
      context.terminal.print(`Run ${id} was asked to stop.`)
      return 0
    }
    context.terminal.status('Stopping: a checkpoint is being written.')
    const end = new EndWatch()
    for (;;) {
      const { summary } = await api['runs.get'](id)
      if (end.codeOf(summary.status) !== null) {
        context.terminal.status(null)
        context.terminal.print(`Run ${id} ended at step ${summary.step} of ${summary.steps}: ${summary.status}.`)
        return 0
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  },
})
