/** A workbench of generated runs behind the real transport, for looking at the screens: `node test/support/demo-workbench.ts <folder of the built page> [port]`. */
import { createServer, type Server } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { WebSocketServer, type WebSocket } from 'ws'
import type { RunHistory } from '#contract/api'
import type { RewardProfile } from '#contract/reward-profile'
import type { RunConfig } from '#contract/run-config'
import type { JournalEvent } from '#contract/journal'
import type { Scores } from '#contract/score'
import { weigh } from '#trainer/3-scores/weigh'
import { demoConfig, demoJournal, demoRollouts } from './demo-data.ts'

interface DemoRun {
  id: string
  status: string
  config: RunConfig
  events: JournalEvent[]
  end: unknown
}

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

export async function startDemo(
  pageFolder: string,
  options: { isEmpty?: boolean; port?: number; tickMs?: number } = {},
): Promise<{ url: string; server: Server }> {
  const runs: DemoRun[] = options.isEmpty ? [] : demoRuns()
  const sockets = new Set<WebSocket>()
  const tell = (event: string, payload: unknown): void => {
    for (const socket of sockets) socket.send(JSON.stringify({ event, payload }))
  }
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const file = path === '/' ? 'index.html' : path.slice(1)
    readFile(join(pageFolder, file)).then(
      (body) =>
        response
          .writeHead(200, {
            'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
            'content-security-policy':
              "default-src 'self'; connect-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'",
          })
          .end(body),
      () => response.writeHead(404).end(),
    )
  })
  const socketServer = new WebSocketServer({ server, path: '/api' })
  socketServer.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('message', (data) => {
      const { id, method, args } = JSON.parse(String(data)) as { id: number; method: string; args: unknown[] }
      try {
        socket.send(JSON.stringify({ id, result: answer(runs, method, args, tell) ?? null }))
      } catch (error) {
        socket.send(
          JSON.stringify({ id, error: (error as { record?: unknown }).record ?? { code: 'bug', message: String(error) } }),
        )
      }
    })
  })
  setInterval(() => {
    for (const run of runs.filter(({ status }) => status === 'running')) advance(run, tell)
  }, options.tickMs ?? 400).unref()
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const address = server.address() as { port: number }
  return { url: `http://127.0.0.1:${address.port}/`, server }
}

function stepOf(run: DemoRun): number {
  return run.events.findLast((event) => event.type === 'step.finished')?.step ?? 0
}

function advance(run: DemoRun, tell: (event: string, payload: unknown) => void): void {
  const step = stepOf(run) + 1
  const all = demoJournal(run.config, step, run.config.seed)
  const news = all.filter(({ seq }) => seq > (run.events.at(-1)?.seq ?? 0))
  run.events.push(...news)
  if (step >= run.config.steps) run.status = 'finished'
  tell('run.events', { id: run.id, events: news })
  tell('runs.changed', { id: run.id, summary: summary(run) })
}

function summary(run: DemoRun) {
  const steps = run.events.filter((event) => event.type === 'step.finished')
  return {
    id: run.id,
    name: run.config.name,
    status: run.status,
    algorithm: run.config.algorithm.name,
    origin: null,
    remote: null,
    preset: run.config.preset,
    step: stepOf(run),
    steps: run.config.steps,
    createdAt: run.events[0]!.time,
    updatedAt: run.events.at(-1)!.time,
    startedAt: run.events[0]!.time,
    endedAt: run.end === null ? null : run.events.at(-1)!.time,
    secondsPerStep: steps.at(-1)?.metrics['timing_s/step'] ?? null,
    functionalRate: steps.map(({ metrics }) => metrics['train/functional_rate']!),
    latest: steps.at(-1)?.metrics ?? {},
  }
}

function historyOf(run: DemoRun, keys: readonly string[]): RunHistory {
  const steps = run.events.filter((event) => event.type === 'step.finished')
  const columns = keys.map((key) => {
    const having = steps.filter(({ metrics }) => key in metrics)
    return {
      key,
      steps: having.map(({ step }) => step),
      means: having.map(({ metrics }) => metrics[key]!),
      lowest: null,
      highest: null,
    }
  })
  const landmarks = run.events.filter(({ type }) => type !== 'step.finished')
  return { lastSeq: run.events.at(-1)!.seq, step: stepOf(run), stepsPerPoint: 1, landmarks, columns }
}

function answer(runs: DemoRun[], method: string, args: unknown[], tell: (event: string, payload: unknown) => void): unknown {
  const run = runs.find(({ id }) => id === args[0])
  switch (method) {
    case 'presets.list':
      return (['grpo', 'ppo'] as const).map((name) => ({
        name: `starter-${name}`,
        title: `Starter ${name.toUpperCase()}`,
        description: 'Small, whole and quick: the model and the tasks that come with VeriTune.',
        config: demoConfig(`starter-${name}`, name, 120),
        notes: [
          'Rewards are divided by the sum of weights; the published numbers were not.',
          'Dropout is 0 where 0.1 was published: with it the ratio of the first update is not 1.',
        ],
      }))
    case 'runs.list':
      return runs.map(summary)
    case 'runs.get':
      if (!run)
        throw Object.assign(new Error(), {
          record: {
            code: 'run.missing',
            message: `There is no run "${String(args[0])}".`,
            remedy: 'The list of runs shows all there are.',
          },
        })
      return {
        summary: summary(run),
        config: run.config,
        reward: run.config.reward,
        environment: null,
        parent: null,
        origin: null,
        experiment: null,
        end: run.end,
      }
    case 'runs.events':
      return run!.events.filter(({ seq }) => seq > Number(args[1]))
    case 'runs.history':
      return historyOf(run!, args[1] as string[])
    case 'runs.rollouts':
      return { file: `rollouts/step-${args[1]}.jsonl`, records: demoRollouts(Number(args[1])), unreadable: 0 }
    case 'runs.log':
      return { lines: ['step 36 5.9 s', 'step 37 6.1 s'], isCut: false }
    case 'rewards.weigh':
      return weigh(args[0] as Scores, args[1] as RewardProfile)
    case 'rollouts.find':
      return { steps: [{ step: Math.max(1, stepOf(run!)), count: 4, of: 32 }], before: null }
    case 'rollouts.of-task':
    case 'hosts.list':
      return []
    case 'runs.control': {
      const { command, argument } = args[1] as { command: string; argument?: RewardProfile }
      if (argument !== undefined) {
        const { seq, time } = run!.events.at(-1)!
        const changed = { seq: seq + 1, time, type: 'reward.changed', step: stepOf(run!) + 1, profile: argument } as const
        run!.events.push(changed)
        tell('run.events', { id: run!.id, events: [changed] })
      }
      if (command === 'pause') run!.status = 'paused'
      if (command === 'continue') run!.status = 'running'
      if (command === 'stop') run!.status = 'stopped'
      tell('runs.changed', { id: run!.id, summary: summary(run!) })
      return null
    }
    case 'runs.create': {
      const config = args[0] as RunConfig
      if (config.name === 'refuse')
        throw Object.assign(new Error(), {
          record: {
            code: 'config.invalid',
            field: 'minibatchSize',
            message: 'minibatchSize does not fit: 64 is no multiple of the group size 7.',
            remedy: 'Use 56 or 63.',
          },
        })
      const created: DemoRun = {
        id: `run-${runs.length + 1}`,
        status: 'running',
        config,
        events: demoJournal(config, 0, config.seed),
        end: null,
      }
      runs.unshift(created)
      tell('runs.changed', { id: created.id, summary: summary(created) })
      return { id: created.id }
    }
    default:
      throw new Error(`no method ${method}`)
  }
}

function demoRuns(): DemoRun[] {
  const of = (
    id: string,
    name: string,
    algorithm: 'grpo' | 'ppo',
    steps: number,
    done: number,
    status: string,
    end: unknown = null,
  ) => {
    const config = { ...demoConfig(name, algorithm, steps), seed: Number(id) }
    return { id, status, config, events: demoJournal(config, done, Number(id)), end }
  }
  return [
    of('7', 'grpo-starter-07', 'grpo', 120, 61, 'running'),
    of('6', 'ppo-starter-02', 'ppo', 120, 88, 'paused'),
    of('5', 'grpo-starter-06 with a long name that a person typed', 'grpo', 400, 400, 'finished'),
    of('4', 'grpo-kl-0', 'grpo', 120, 37, 'crashed', {
      outcome: 'crashed',
      reason: 'The trainer ended without a word at step 37 (signal SIGKILL).',
      remedy: 'Resume continues after checkpoint step 20. If the machine ran out of memory, lower microbatchSize first.',
      stderr: ['step 36 5.9 s', 'step 37 6.1 s', 'Killed'],
    }),
    of('3', 'ppo-starter-01', 'ppo', 40, 0, 'running'),
    of('2', 'grpo-large', 'grpo', 1000, 1000, 'finished'),
    of('1', 'grpo-first', 'grpo', 40, 12, 'stopped', { outcome: 'stopped', reason: null, remedy: null, stderr: [] }),
  ]
}

if (import.meta.main) {
  const { url } = await startDemo(process.argv[2] ?? 'out/renderer', { port: Number(process.argv[3] ?? 0) })
  console.log(url)
}
