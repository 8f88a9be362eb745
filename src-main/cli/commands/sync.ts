import { ALIAS_SETS, runSyncChangeSchema, type RunSyncChange, type RunSyncStatus } from '#contract/sync'
import { Failure } from '#contract/failure'
import { EXIT_CODES } from '#contract/run-directory'
import type { Workbench } from '#workbench/answer-call'
import { Alarm } from '../alarm.ts'
import { command, JSON_OPTION } from '../command.ts'
import type { Context } from '../context.ts'
import { findRun } from '../find-run.ts'
import { SignalQueue } from '../signal-queue.ts'

const LOOK_MS = 500

export const sync = command({
  name: 'sync',
  summary: 'Send runs to Weights & Biases, or go on with it',
  takes: ['run'],
  takesMore: true,
  options: {
    entity: { type: 'string', hint: 'E', says: 'account or team; the one of the API key if left out' },
    project: { type: 'string', hint: 'P', says: 'project there' },
    aliases: {
      type: 'string',
      hint: 'LIST',
      says: `also write metrics under the names of ${ALIAS_SETS.join(', ')}; none = no more`,
    },
    as: { type: 'string', hint: 'ID', says: 'id of the run there, where its own cannot be used' },
    watch: { type: 'boolean', says: 'stay until the runs are over' },
    resend: { type: 'boolean', says: 'send every line again' },
    off: { type: 'boolean', says: 'send them no longer' },
    json: JSON_OPTION,
  },
  notes: [
    'The key comes from WANDB_API_KEY or ~/.netrc (`wandb login` writes it); WANDB_BASE_URL names a server of your own.',
    'Runs are sent by a process of its own: it goes on when you leave with Ctrl-C, and again with the next call after a crash.',
    'Exit code 0: all that there is has been confirmed by the server. 3: something waits for you.',
  ],
  run: async (context, names, values) => {
    const { api } = await context.workbench()
    const ids: string[] = []
    for (const name of names) ids.push((await findRun(api, name)).id)
    const isOn = values.off !== true
    for (const id of ids) {
      await api['sync.wish'](id, wishOf({ ...values, isOn }))
      if (isOn) await api[values.resend === true ? 'sync.resendAll' : 'sync.retry'](id)
    }
    const isDone = values.watch === true ? isConfirmed : isUpToDate
    const code = isOn ? await stay(context, api, ids, isDone) : EXIT_CODES.finished
    await tellAll(context, api, ids, values.json === true)
    return code
  },
})

interface Given {
  readonly isOn: boolean
  readonly entity?: string
  readonly project?: string
  readonly aliases?: string
  readonly as?: string
}

/** Throws Failure arguments.invalid. */
function wishOf({ isOn, entity, project, aliases, as }: Given): RunSyncChange {
  const wish = {
    isOn,
    ...(entity !== undefined && { entity }),
    ...(project !== undefined && { project }),
    ...(as !== undefined && { as }),
    ...(aliases !== undefined && { aliases: aliases === 'none' ? [] : aliases.split(',') }),
  }
  const parsed = runSyncChangeSchema.safeParse(wish)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  throw new Failure('arguments.invalid', { problem: `--${String(path[0])}: ${message}.` })
}

/** What there is has arrived. */
function isUpToDate({ state }: RunSyncStatus): boolean {
  return state === 'confirmed' || state === 'live'
}

function isConfirmed({ state }: RunSyncStatus): boolean {
  return state === 'confirmed'
}

/** Until all are done, or one waits for a person, or somebody leaves. Exit code. */
async function stay(
  context: Context,
  api: Workbench['api'],
  ids: readonly string[],
  isDone: (status: RunSyncStatus) => boolean,
): Promise<number> {
  const signals = new SignalQueue(context)
  const alarm = new Alarm(LOOK_MS)
  const endListening = signals.onNew(() => alarm.ring())
  try {
    for (;;) {
      const all = await Promise.all(ids.map((id) => api['sync.status'](id)))
      if (all.every(isDone)) return EXIT_CODES.finished
      if (all.some(({ problem }) => problem !== null && !PASSING.includes(problem.code))) return EXIT_CODES.failed
      context.terminal.status(progressText(all).slice(0, context.terminal.columns - 1))
      if (signals.take().length > 0) {
        context.terminal.complain('It goes on without this terminal.')
        return EXIT_CODES.stopped
      }
      await alarm.wait()
    }
  } finally {
    endListening()
    signals.close()
    context.terminal.status(null)
  }
}

/** It goes on by itself. */
const PASSING: readonly string[] = ['sync.unreachable', 'sync.busy', 'sync.counting', 'sync.elsewhere']

function progressText(all: readonly RunSyncStatus[]): string {
  const sum = (of: (status: RunSyncStatus) => number): number => all.reduce((total, status) => total + of(status), 0)
  const waiting = all.find(({ problem }) => problem !== null)
  const counted = `${sum(({ confirmed }) => confirmed)} of ${sum(({ lines }) => lines)} lines confirmed`
  return waiting === undefined ? counted : `${counted}  ${waiting.problem!.message}`
}

async function tellAll({ terminal }: Context, api: Workbench['api'], ids: readonly string[], isJson: boolean): Promise<void> {
  const all = await Promise.all(ids.map((id) => api['sync.status'](id)))
  if (isJson) return terminal.print(JSON.stringify(all, null, 2))
  for (const status of all) terminal.print(`${status.run}  ${wordsOf(status)}`)
  const problems = new Set(all.flatMap(({ problem }) => (problem === null ? [] : [`${problem.message} ${problem.remedy}`])))
  for (const problem of problems) terminal.complain(problem)
}

function wordsOf({ state, confirmed, lines, url, isStopAsked }: RunSyncStatus): string {
  const where = url === null ? '' : `  ${url}`
  const stop = isStopAsked ? '  W&B asks that it stop: `veritune stop` does it.' : ''
  if (state === 'off') return 'is not sent'
  if (state === 'confirmed') return `all ${lines} lines confirmed${where}`
  return `${confirmed} of ${lines} lines confirmed${where}${stop}`
}
