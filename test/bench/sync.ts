/** Does sending a run cost its training anything? Pairs of the same small training, one of each pair sent while it trains. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { journalEventSchema } from '#contract/journal'
import { RUN_FILES } from '#contract/run-directory'
import { PACE } from '#sync/pace'
import { writeWish } from '#sync/run-files'
import { aConfig, REPOSITORY } from '#test/support/run-builders'
import { writeRunDirectory } from '#test/support/tiny-trainer'
import { middle, type Measured } from './measured.ts'

const PAIRS = 6
const STEPS = 8
/** To everything that is asked while a run trains. */
const ANSWER = JSON.stringify({ data: { upsertBucket: { bucket: { id: 'b' } } } })

export async function measureSync(): Promise<Measured[]> {
  const home = mkdtempSync(join(tmpdir(), 'veritune-bench-'))
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end(ANSWER))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ratios: number[] = []
  const seconds: number[] = []
  for (let pair = 0; pair < PAIRS; pair++) {
    // Whichever comes first in a pair has the warmer or the colder machine.
    const order = pair % 2 === 0 ? [false, true] : [true, false]
    const times = new Map<boolean, number>()
    for (const isSent of order) times.set(isSent, await stepSeconds(home, `${pair}-${isSent}`, isSent ? baseUrl : null))
    ratios.push(times.get(true)! / times.get(false)!)
    seconds.push(times.get(false)!)
  }
  server.closeAllConnections()
  server.close()
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} over ${PAIRS} pairs`
  return [
    {
      what: 'Step with sync / without',
      value: middle(ratios),
      unit: '',
      how: `median of ${STEPS} steps each; ${spread}; a step takes ${middle(seconds).toFixed(2)} s`,
    },
  ]
}

/** Median wall time of a step. */
async function stepSeconds(home: string, id: string, baseUrl: string | null): Promise<number> {
  const directory = writeRunDirectory(join(home, 'runs', id), configOf())
  const sender = baseUrl === null ? null : startSender(home, directory, baseUrl)
  const trainer = spawn(process.execPath, [join(REPOSITORY, 'src-main/trainer/main.ts'), 'train', directory], {
    env: { ...process.env, VERITUNE_RESOURCES: join(REPOSITORY, 'resources') },
    stdio: 'ignore',
  })
  const [code] = (await once(trainer, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`the trainer of ${id} ended with ${code}`)
  sender?.kill('SIGKILL')
  const lines = readFileSync(join(directory, RUN_FILES.journal), 'utf8').trimEnd().split('\n')
  const events = lines.map((line) => journalEventSchema.parse(JSON.parse(line)))
  return middle(events.flatMap((event) => (event.type === 'step.finished' ? [event.metrics['timing_s/step']!] : [])))
}

function startSender(home: string, directory: string, baseUrl: string): ChildProcess {
  const wish = {
    isOn: true,
    entity: 'e',
    project: 'p',
    baseUrl,
    aliases: [],
    obeysStop: false,
    group: null,
    as: null,
    retries: 0,
    resends: 0,
  }
  writeWish(directory, wish)
  const sender = spawn(process.execPath, [join(REPOSITORY, 'src-main/sync/main.ts'), 'send', home], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...process.env, WANDB_API_KEY: 'bench' },
  })
  // Fifteen times as often as it would.
  sender.stdin.end(JSON.stringify({ given: null, pace: { ...PACE, transmitMs: 1_000, lingerMs: 600_000 } }))
  return sender
}

function configOf(): ReturnType<typeof aConfig> {
  const base = aConfig()
  return aConfig({
    steps: STEPS,
    checkpointEvery: 0,
    promptsPerStep: 2,
    evaluation: { every: 0, taskCount: 1, samples: 1 },
    sampling: { ...base.sampling, maxCompletionTokens: 32 },
  })
}
