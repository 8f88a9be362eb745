/** The terminal's entry: one command over the workbench, with a true exit code. */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Context, EndingSignal } from '#cli/context'
import { openBrowser } from '#cli/open-browser'
import { runCommandLine } from '#cli/run-command-line'
import { StreamTerminal } from '#cli/terminal'
import { Failure } from '#contract/failure'
import { doctorReport } from '#doctor/report'
import type { Workbench } from '#workbench/answer-call'
import { checkoutLocations, resolveHome } from '#workbench/locations'

const ROOT = join(import.meta.dirname, '..')
const PAGE = join(ROOT, 'out/renderer')
const ENDING: readonly EndingSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

const options = { home: resolveHome(process.env, process.platform, homedir()), ...checkoutLocations(ROOT) }
let opening: Promise<Workbench> | null = null

const context: Context = {
  version: (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version,
  terminal: new StreamTerminal(process.stdout, process.stderr, process.env),
  folder: process.cwd(),
  // Loaded when needed: help is quick, and the doctor speaks even where the store cannot be opened.
  workbench: (wish) =>
    (opening ??= import('#workbench/workbench').then(({ createWorkbench }) => createWorkbench({ ...options, ...wish }))),
  doctorReport: () => doctorReport(options),
  servePage: async (workbench, port) => {
    const file = join(PAGE, 'index.html')
    if (!existsSync(file)) throw new Failure('page.not-built', { file })
    const { startHost } = await import('#host/start-host')
    const sessionFile = join(options.home, 'host-session.json')
    return startHost({ workbench, pageFolder: PAGE, sessionFile, ...(port !== null && { port }) })
  },
  openBrowser,
  readStandardInput: () => text(process.stdin),
  onSignal: (listener) => {
    for (const signal of ENDING) process.on(signal, listener)
    return () => {
      for (const signal of ENDING) process.off(signal, listener)
    }
  },
}

process.exitCode = await runCommandLine(process.argv.slice(2), context)
await closeWorkbench()

async function closeWorkbench(): Promise<void> {
  // One that could not be opened has been told already.
  const workbench = await opening?.catch(() => null)
  await workbench?.close()
}
