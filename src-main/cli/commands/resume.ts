import { command } from '../command.ts'
import { findRun } from '../find-run.ts'
import { follow } from '../follow.ts'
import { SignalQueue } from '../signal-queue.ts'

export const resume = command({
  name: 'resume',
  summary: 'Go on with a stopped, failed, crashed or paused run, and stay with it',
  takes: ['run'],
  options: {
    'accept-judge': { type: 'boolean', says: 'go on although other tools score from here on' },
    json: { type: 'boolean', says: 'print the new part of the journal as JSON lines' },
  },
  notes: [
    'The run goes on after its newest checkpoint, a paused one where it stands.',
    'Ctrl-C and exit codes are those of `veritune train`.',
  ],
  run: async (context, [text], values) => {
    const workbench = await context.workbench()
    const { id, status } = await findRun(workbench.api, text!)
    const known = await workbench.api['runs.events'](id, 0)
    const signals = new SignalQueue(context)
    try {
      // One that is paused has its trainer still.
      if (status === 'paused') await workbench.api['runs.control'](id, { command: 'continue' })
      else await workbench.api['runs.resume'](id, { acceptJudge: values['accept-judge'] === true })
      return await follow(context, workbench, signals, { id, known, isJson: values.json === true })
    } finally {
      signals.close()
    }
  },
})
