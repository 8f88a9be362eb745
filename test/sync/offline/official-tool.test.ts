/** W&B's own tool reads our folders and sends them to a server in this test. What counts is what the server has: the tool says "Finished" whatever happened. */
import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { JournalEntry, JournalEvent } from '#contract/journal'
import { RUN_FILES, type RunLock } from '#contract/run-directory'
import { WANDB_PROJECT } from '#contract/wandb-offline'
import { linesOf, lineText } from '#sync/lines'
import { FILE_HEADER, framed } from '#sync/offline/framing'
import { writeOfflineFolder } from '#sync/offline/offline-folder'
import { encoded, exitContent, headerContent, historyContent, runContent, type Content } from '#sync/offline/records'
import { summaryOf } from '#sync/summary'
import { startOfflineServer, type OfflineServer, type ReceivedRun } from '#test/support/offline-server'
import { openWorkbench } from '#test/support/open-workbench'
import { missingModules, PYTHON } from '#test/support/python'
import { aJournal, started, writeRun } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const ID = 'offline-run'
const BLOCK = 32 * 1024
/** The tool starts Python and a server of its own. */
const PATIENCE_MS = 240_000

/** A run as W&B's fields have it, without settings. */
const BARE = {
  id: ID,
  entity: '',
  project: 'p',
  name: 'n',
  group: '',
  jobType: '',
  notes: '',
  tags: [],
  config: {},
  startedAt: new Date(0),
}

async function server(options = {}): Promise<OfflineServer> {
  const started = await startOfflineServer(options)
  onTestFinished(() => started.close())
  return started
}

/** What the tool says. */
async function sendBy({ url }: OfflineServer, folder: string): Promise<string> {
  const home = temporaryFolder()
  const env = {
    ...process.env,
    HOME: home,
    WANDB_DIR: home,
    WANDB_BASE_URL: url,
    WANDB_API_KEY: 'k'.repeat(40),
    WANDB_ERROR_REPORTING: 'false',
  }
  const tool = spawn(PYTHON, ['-m', 'wandb', 'sync', folder], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, problems] = await Promise.all([text(tool.stdout), text(tool.stderr)])
  return out + problems
}

/** Keys may come in another order. */
function values(line: string | undefined): unknown {
  return line === undefined ? undefined : JSON.parse(line)
}

function receivedBy({ runs }: OfflineServer): ReceivedRun {
  expect([...runs.keys()]).toEqual([ID])
  return runs.get(ID)!
}

/** An evaluation before the first of so many steps, and one after the last; thirty numbers a step. */
function journalOf(steps: number): JournalEvent[] {
  const evaluation = (step: number): JournalEntry => ({
    type: 'eval.finished',
    step,
    split: 'validation',
    datasetHash: 'h',
    metrics: { 'eval/pass@1': step / steps, 'timing_s/evaluation': 2.5 },
  })
  const finished = Array.from({ length: steps }, (_, i): JournalEntry => {
    const measured = Array.from({ length: 30 }, (_, k) => [`train/measure.${k}`, Math.sin(i * 31 + k) / (k + 1)] as const)
    return { type: 'step.finished', step: i + 1, metrics: Object.fromEntries(measured), rolloutFile: '' }
  })
  return aJournal([
    started(),
    evaluation(0),
    ...finished,
    evaluation(steps),
    { type: 'run.ended', step: steps, outcome: 'finished' },
  ])
}

describe.skipIf(missingModules('wandb') !== '')('the official tool', () => {
  it(
    'sends every line, the settings, the summary and the end of a run of 5,000 steps',
    async () => {
      const home = temporaryFolder()
      const events = journalOf(5_000)
      writeRun(join(home, 'runs'), ID, events)
      const { api } = await openWorkbench(home)
      await api['runs.note'](ID, { name: 'A näme ✓', tags: ['one', 'two words'], text: 'What I said.\nTwice.' })
      const report = await api['runs.export-offline'](ID, { out: join(home, 'out'), project: WANDB_PROJECT, entity: '' })
      expect(report).toMatchObject({ lineCount: 5_001, step: 5_000, isUnfinished: false })

      const wandb = await server()
      await sendBy(wandb, report.folder)
      const received = receivedBy(wandb)
      const lines = linesOf(events, { startMs: Date.parse(events[0]!.time), aliases: [], media: new Map() })
      expect(received.history.size).toBe(lines.length)
      for (const line of lines)
        expect(values(received.history.get(line.number)), `line ${line.number}`).toEqual(values(lineText(line)))
      expect(values(received.summary)).toEqual(summaryOf(lines))
      expect(received.exitCode).toBe(0)
      expect(received.upsert).toMatchObject({
        name: ID,
        project: WANDB_PROJECT,
        displayName: 'A näme ✓',
        tags: ['one', 'two words'],
        notes: 'What I said.\nTwice.',
        jobType: 'grpo',
      })
      const config = JSON.parse(String(received.upsert.config)) as Record<string, { value: unknown }>
      const { config: asked } = await api['runs.get'](ID)
      expect(config.optimizer).toEqual({ value: asked.optimizer })
      expect(config.veritune_run).toEqual({ value: ID })
    },
    PATIENCE_MS,
  )

  it(
    'leaves a run that goes on open, and sends the rest after another export into the same folder',
    async () => {
      const home = temporaryFolder()
      const whole = journalOf(20)
      const directory = writeRun(join(home, 'runs'), ID, whole.slice(0, 12))
      writeLock(directory)
      const { api } = await openWorkbench(home)
      const request = { out: join(home, 'out'), project: 'p', entity: 'team' }
      expect(await api['runs.export-offline'](ID, request)).toMatchObject({ lineCount: 11, step: 10, isUnfinished: true })
      const wandb = await server()
      await sendBy(wandb, request.out)
      expect(receivedBy(wandb)).toMatchObject({ exitCode: null })
      expect(receivedBy(wandb).history.size).toBe(11)
      expect(receivedBy(wandb).upsert.entity).toBe('team')

      rmSync(join(directory, RUN_FILES.lock))
      writeRun(join(home, 'runs'), ID, whole)
      await api['store.rebuild']()
      expect(await api['runs.export-offline'](ID, request)).toMatchObject({ lineCount: 21, isUnfinished: false })
      await sendBy(wandb, request.out)
      expect(receivedBy(wandb).history.size).toBe(21)
      expect(receivedBy(wandb).exitCode).toBe(0)
    },
    PATIENCE_MS,
  )

  it(
    'reads records of any length, wherever a block ends',
    async () => {
      const { contents, sizes } = linesAtEveryEdge()
      const out = join(temporaryFolder(), 'offline-run')
      await writeOfflineFolder(out, ID, contents)
      const wandb = await server()
      await sendBy(wandb, out)
      const { history, exitCode } = receivedBy(wandb)
      expect([...history.values()].map((line) => (values(line) as { text: string }).text.length)).toEqual(sizes)
      expect(exitCode).toBe(3)
    },
    PATIENCE_MS,
  )

  it(
    'says that it is done where the server refused every line: only the server knows',
    async () => {
      const out = join(temporaryFolder(), 'offline-run')
      await writeOfflineFolder(out, ID, [
        headerContent('t'),
        runContent(BARE),
        historyContent({ _step: 0 }, 0),
        exitContent(null),
      ])
      const wandb = await server({ refuses: true })
      expect(await sendBy(wandb, out)).toContain('Finished syncing')
      expect(receivedBy(wandb).history.size).toBe(0)
    },
    PATIENCE_MS,
  )
})

/** Lines that leave 0 to 9 bytes of their block, each followed by a short one, and two that are longer than a block. */
function linesAtEveryEdge(): { contents: Content[]; sizes: number[] } {
  const contents: Content[] = []
  const sizes: number[] = []
  let bytes = FILE_HEADER.length
  const sizeOf = (content: Content): number => framed(encoded(contents.length + 1, content), bytes).length
  const add = (content: Content): void => {
    bytes += sizeOf(content)
    contents.push(content)
  }
  const line = (length: number): Content => historyContent({ _step: sizes.length, text: 'x'.repeat(length) }, sizes.length)
  const addLine = (length: number): void => {
    add(line(length))
    sizes.push(length)
  }
  add(headerContent('t'))
  add(runContent(BARE))
  for (let left = 0; left <= 9; left++) {
    const wanted = BLOCK - (bytes % BLOCK) - left + BLOCK
    const length = Array.from({ length: 90 }, (_, i) => wanted - 100 + i).find((n) => sizeOf(line(n)) === wanted)
    addLine(length!)
    expect((bytes + left) % BLOCK).toBe(0)
    addLine(3)
  }
  addLine(3 * BLOCK)
  addLine(100_000)
  add(exitContent({ exitCode: 3, seconds: 1 }))
  return { contents, sizes }
}

/** As if a trainer were at work: this process. */
function writeLock(directory: string): void {
  const lock: RunLock = { nonce: 'n', pid: process.pid, host: hostname(), startedAt: new Date().toISOString() }
  writeFileSync(join(directory, RUN_FILES.lock), JSON.stringify(lock))
}
