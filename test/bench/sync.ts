/**
 * Does sending a run cost its training anything? The same training three times in turn: sent while it trains, and twice not sent. The ratio of
 * those two is what the machine itself does: sending costs nothing that is shown where its ratio lies among them.
 */
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

const ROUNDS = 5
const STEPS = 8
/** In turn, each as often first as the others. */
const WAYS = ['sent', 'alone', 'alone again'] as const
/** To everything that is asked while a run trains. */
const ANSWER = JSON.stringify({ data: { upsertBucket: { bucket: { id: 'b' } } } })

export async function measureSync(): Promise<Measured[]> {
  const home = mkdtempSync(join(tmpdir(), 'veritune-bench-'))
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end(ANSWER))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const rounds: Record<(typeof WAYS)[number], number>[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const seconds = { sent: 0, alone: 0, 'alone again': 0 }
    for (const way of WAYS.map((_, i) => WAYS[(i + round) % WAYS.length]!))
      seconds[way] = await stepSeconds(home, `${round}-${way.replace(' ', '-')}`, way === 'sent' ? baseUrl : null)
    rounds.push(seconds)
  }
  server.closeAllConnections()
  server.close()
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  const step = middle(rounds.map(({ alone }) => alone)).toFixed(2)
  return [
    ratioRow(
      'Step with sync / without',
      rounds.map(({ sent, alone }) => sent / alone),
      `; a step takes ${step} s`,
    ),
    ratioRow(
      'Step without sync / without',
      rounds.map((round) => round['alone again'] / round.alone),
      '',
    ),
  ]
}

function ratioRow(what: string, ratios: readonly number[], more: string): Measured {
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} over ${ROUNDS} rounds`
  return { what, value: middle(ratios), unit: '', how: `median of ${STEPS} steps each; ${spread}${more}` }
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

/** Steps of the preset Starter GRPO. */
function configOf(): ReturnType<typeof aConfig> {
  return aConfig({ steps: STEPS, checkpointEvery: 0, evaluation: { every: 0, taskCount: 1, samples: 1 } })
}
