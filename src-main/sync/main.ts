/** The entry of the program that sends runs: `send <data folder>`, `login` or `report`; each reads the rest from its standard input. Bundled to out/sync/main.js. */
import { text } from 'node:stream/consumers'
import { EXIT_CODES } from '#contract/run-directory'
import type { ReportAsk, SyncStart } from '#contract/sync-start'
import { askLogin } from '#launch/sync-process'
import { publish } from './publish.ts'
import { send } from './send.ts'

const [command, home] = process.argv.slice(2)
if (command === 'login') await import('./login/prove-login.ts')
else if (command === 'report') {
  process.stdout.write(JSON.stringify(await publish(JSON.parse(await text(process.stdin)) as ReportAsk)))
} else if (command === 'send' && home !== undefined) {
  // A signal ends it like a power cut, which costs nothing.
  const { signal: stop } = new AbortController()
  await send(home, JSON.parse(await text(process.stdin)) as SyncStart, {
    environment: process.env,
    askLogin: (ask) => askLogin({ nodePath: process.execPath, syncPath: import.meta.filename }, ask),
    stop,
  })
} else process.exitCode = EXIT_CODES.badInput
