import { command, wholeNumber } from '../command.ts'
import { Failure } from '#contract/failure'

const LAST_PORT = 65_535

export const serve = command({
  name: 'serve',
  summary: 'Serve the workbench to a browser on this computer',
  takes: [],
  options: {
    port: { type: 'string', hint: 'N', says: 'port; that of the last time if left out and free' },
    'no-open': { type: 'boolean', says: 'print the address only; open no browser' },
  },
  notes: ['Only this computer can connect. The address carries a token that works once. Ctrl-C ends the serving, not the runs.'],
  run: async (context, _, values) => {
    const port = values.port === undefined ? null : wholeNumber('port', values.port)
    if (port !== null && (port < 0 || port > LAST_PORT)) {
      throw new Failure('arguments.invalid', { problem: `--port must be between 0 and ${LAST_PORT}.` })
    }
    const page = await context.servePage(await context.workbench({ isOpenedSoon: true }), port)
    const ended = new Promise<void>((resolve) => context.onSignal(() => resolve()))
    context.terminal.print(`VeriTune is at ${page.url}`)
    if (values['no-open'] !== true) context.openBrowser(page.url)
    await ended
    await page.close()
    return 0
  },
})
