import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { JournalEntry, JournalEvent } from '#contract/journal'
import { RUN_FILES } from '#contract/run-directory'
import { lineText, linesOf } from '#sync/lines'
import { readStatus, writeWish } from '#sync/run-files'
import { aJournal, aRollout, started, stepFinished } from '#test/support/run-builders'
import { aWish, QUICK, startSync, startSyncProcess, syncAll, untilState, writeWishedRun } from '#test/support/sync-runs'
import { temporaryFolder } from '#test/support/temporary-folder'
import { filesIn } from '#test/support/traces'
import { KEY, startWandbServer, type WandbServer } from '#test/support/wandb-server'

const ended = (step: number, outcome: 'finished' | 'stopped' = 'finished'): JournalEntry => ({ type: 'run.ended', step, outcome })
const steps = (first: number, last: number): JournalEntry[] =>
  Array.from({ length: last - first + 1 }, (_, i) => stepFinished(first + i))

function textsOf(events: readonly JournalEvent[]): string[] {
  return linesOf(events, { startMs: Date.parse(events[0]!.time), aliases: [], media: new Map() }).map(lineText)
}

function keptOf(server: WandbServer, run = 'a'): string[] {
  const { lines } = server.runs.get(`ada/verilog/${run}`)!
  return Array.from({ length: lines.size }, (_, number) => lines.get(number) ?? `no line ${number}`)
}

describe('the life of a sync', () => {
  test('a finished run arrives whole, with its summary, its names and its end, and is sent once', async () => {
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    const events = aJournal([started(), ...steps(1, 40), ended(40)])
    const directory = writeWishedRun(home, 'a', events, server, { group: 'experiment-1' })
    await syncAll(home)
    const run = server.runs.get('ada/verilog/a')!
    expect(keptOf(server)).toEqual(textsOf(events))
    expect(run.summary).toMatchObject({ 'train/functional_rate': 4, _step: 40 })
    expect(run.bucket).toMatchObject({ groupName: 'experiment-1', jobType: 'grpo', displayName: 'Starter GRPO' })
    expect(JSON.parse(run.bucket.config as string)).toMatchObject({ seed: { value: expect.any(Number) as number } })
    expect(run.exitCode).toBe(0)
    const url = `${server.baseUrl}/ada/verilog/runs/a`
    expect(readStatus(directory)).toMatchObject({ state: 'confirmed', confirmed: 41, lines: 41, url, problem: null })
    const before = server.requests.length
    await syncAll(home)
    expect(server.requests.length).toBe(before)
  })

  test('a run that trains is followed, beats while it is silent, and its last line waits until its step is over', async () => {
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    const events = aJournal([started(), ...steps(1, 3)])
    const directory = writeWishedRun(home, 'a', events, server)
    const lock = { nonce: 'n', pid: process.pid, host: hostname(), startedAt: new Date().toISOString() }
    writeFileSync(join(directory, RUN_FILES.lock), JSON.stringify(lock))
    const end = startSync(home)
    await untilState(directory, ({ state, confirmed }) => state === 'live' && confirmed === 3)
    await expect.poll(() => server.runs.get('ada/verilog/a')!.beats, { timeout: 60_000 }).toBeGreaterThan(1)
    expect(keptOf(server)).toEqual(textsOf(events).slice(0, 3))
    const more = aJournal([...steps(4, 6), ended(6)], 5)
    appendFileSync(join(directory, RUN_FILES.journal), more.map((event) => `${JSON.stringify(event)}\n`).join(''))
    writeFileSync(join(directory, RUN_FILES.lock), '')
    await untilState(directory, ({ state }) => state === 'confirmed')
    expect(keptOf(server)).toEqual(textsOf([...events, ...more]))
    expect(server.runs.get('ada/verilog/a')!.changed).toBe(0)
    await end()
  })

  test('a run that went back sends what it made again to the same numbers, and what it did not make again is emptied', async () => {
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    const first = aJournal([started(), ...steps(1, 10), ended(10, 'stopped')])
    const directory = writeWishedRun(home, 'a', first, server)
    await syncAll(home)
    expect(server.runs.get('ada/verilog/a')!.exitCode).toBe(130)
    const remade = stepFinished(5, 0.25)
    const more = aJournal(
      [{ type: 'run.resumed', nonce: 'm', fromStep: 4 }, { type: 'rewound', toStep: 4 }, remade, stepFinished(6), ended(6)],
      13,
    )
    appendFileSync(join(directory, RUN_FILES.journal), more.map((event) => `${JSON.stringify(event)}\n`).join(''))
    await syncAll(home)
    const whole = textsOf([...first, ...more])
    expect(whole).toHaveLength(7)
    expect(keptOf(server)).toEqual([...whole, ...[7, 8, 9, 10].map((step) => `{"_step":${step}}`)])
    // Up to the step that it went back to nothing is sent twice.
    expect(server.runs.get('ada/verilog/a')).toMatchObject({ repeated: 0, changed: 6 })
    expect(readStatus(directory)).toMatchObject({ state: 'confirmed', confirmed: 7, lines: 7 })
  })

  test('a store that is made again and files that are lost change nothing at the server', async () => {
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    const events = aJournal([started(), ...steps(1, 30), ended(30)])
    const directory = writeWishedRun(home, 'a', events, server)
    await syncAll(home)
    for (const end of ['', '-wal', '-shm']) rmSync(join(home, `store.sqlite${end}`), { force: true })
    await syncAll(home)
    expect(server.runs.get('ada/verilog/a')).toMatchObject({ repeated: 0, changed: 0 })
    for (const file of ['confirmed-lines', 'server.json']) writeFileSync(join(directory, 'wandb', file), 'damaged')
    await syncAll(home)
    expect(server.runs.get('ada/verilog/a')).toMatchObject({ repeated: 31, changed: 0 })
    expect(keptOf(server)).toEqual(textsOf(events))
  })

  test('all is sent again when somebody asks for it, and so are lines with other names', async () => {
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    const directory = writeWishedRun(home, 'a', aJournal([started(), ...steps(1, 5), ended(5)]), server)
    await syncAll(home)
    writeWish(directory, aWish(server, { resends: 1 }))
    await syncAll(home)
    expect(server.runs.get('ada/verilog/a')).toMatchObject({ repeated: 6, changed: 0 })
    writeWish(directory, aWish(server, { resends: 1, aliases: ['verl'] }))
    await syncAll(home)
    expect(keptOf(server)[1]).toContain('"perf/time_per_step":1')
    expect(server.runs.get('ada/verilog/a')).toMatchObject({ repeated: 6, changed: 5 })
  })

  test('a server that counts too few lines gets all of them again', async () => {
    const [home, server] = [temporaryFolder(), await startWandbServer({ uncounted: 2 })]
    const directory = writeWishedRun(home, 'a', aJournal([started(), ...steps(1, 5), ended(5)]), server)
    const end = startSync(home)
    const { problem } = await untilState(directory, ({ state }) => state === 'waits')
    expect(problem!.message).toContain('counts 4 of 6 lines')
    await expect.poll(() => server.runs.get('ada/verilog/a')!.repeated, { timeout: 60_000 }).toBeGreaterThanOrEqual(6)
    server.behaviour.uncounted = 0
    await untilState(directory, ({ state }) => state === 'confirmed')
    await end()
  })

  test('the completions of an evaluation are a table: its line names the file, which lies at the server once', async () => {
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    const metrics = { 'eval/pass@1': 0.5 }
    const evaluated: JournalEntry = { type: 'eval.finished', step: 1, split: 'validation', datasetHash: 'h', metrics }
    const directory = writeWishedRun(home, 'a', aJournal([started(), ...steps(1, 1), evaluated, ended(1)]), server)
    const rollouts = [0, 1].map((index) => aRollout(1, index, { completion: `<b>${'x'.repeat(5_000)}` }))
    writeFileSync(join(directory, 'rollouts/eval-000001.jsonl'), rollouts.map((each) => `${JSON.stringify(each)}\n`).join(''))
    await syncAll(home)
    const run = server.runs.get('ada/verilog/a')!
    const line = JSON.parse(run.lines.get(1)!) as { 'eval/completions': { path: string; size: number; nrows: number } }
    expect([...run.files.keys()]).toEqual([line['eval/completions'].path])
    const content = run.files.get(line['eval/completions'].path)!
    expect(content.length).toBe(line['eval/completions'].size)
    const table = JSON.parse(content.toString()) as { columns: string[]; data: (string | number | null)[][] }
    expect(table.columns.slice(0, 5)).toEqual(['task', 'family', 'instruction', 'completion', 'reward'])
    expect(table.data.map(([task]) => task)).toEqual(['task-0', 'task-1'])
    expect(table.data[0]![3]).toHaveLength(4_002)
    // The key is for the server, not for where files lie.
    expect(server.requests.find(({ path }) => path.startsWith('/storage'))!.authorization).toBeUndefined()
  })

  test('what was refused is sent with the next try, without waiting for the server to miss it', async () => {
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    const events = aJournal([started(), ...steps(1, 2_500), ended(2_500)])
    writeWishedRun(home, 'a', events, server)
    let refused = 0
    const isRefused = (path: string): boolean => path.endsWith('/file_stream') && refused++ % 2 === 0
    server.behaviour.insteadOf = (path) => (isRefused(path) ? { status: 500, body: '' } : null)
    await syncAll(home, { ...QUICK, countingMs: 600_000 })
    expect(keptOf(server)).toEqual(textsOf(events))
    expect(server.runs.get('ada/verilog/a')).toMatchObject({ repeated: 0, changed: 0 })
  })

  test('one process sends a run: a second one leaves it alone, and what a killed one held is free', async () => {
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    writeWishedRun(home, 'a', aJournal([started(), ...steps(1, 5), ended(5)]), server)
    server.behaviour.instead = { status: 503, body: '' }
    const first = startSyncProcess(home)
    await expect.poll(() => server.requests.length, { timeout: 60_000 }).toBeGreaterThan(0)
    await syncAll(home)
    first.kill('SIGKILL')
    server.behaviour.instead = null
    await syncAll(home)
    expect(keptOf(server)).toHaveLength(6)
  })

  test('a stop that somebody asks for at W&B is told, and stops the run only where that is wished', async () => {
    for (const obeysStop of [false, true]) {
      const [home, server] = [temporaryFolder(), await startWandbServer({ isStopped: true })]
      const directory = writeWishedRun(home, 'a', aJournal([started(), ...steps(1, 3)]), server, { obeysStop })
      const lock = { nonce: 'n', pid: process.pid, host: hostname(), startedAt: new Date().toISOString() }
      writeFileSync(join(directory, RUN_FILES.lock), JSON.stringify(lock))
      const end = startSync(home)
      await untilState(directory, ({ isStopAsked, state }) => isStopAsked && state === 'live')
      expect(existsSync(join(directory, RUN_FILES.control))).toBe(obeysStop)
      await end()
    }
  })

  test('the key is in no file of the data folder', async () => {
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    writeWishedRun(home, 'a', aJournal([started(), ...steps(1, 3), ended(3)]), server)
    writeWishedRun(home, 'b', aJournal([started(), ...steps(1, 3), ended(3)]), server)
    server.behaviour.insteadOf = (path) => (path.includes('/b/') ? { status: 400, body: `{"error":"${KEY} is wrong"}` } : null)
    const end = startSync(home)
    const { problem } = await untilState(join(home, 'runs/b'), ({ state }) => state === 'waits')
    expect(problem!.message).toContain('… is wrong')
    await end()
    const walk = (folder: string): string[] =>
      filesIn(folder).flatMap((file) => (statSync(file).isDirectory() ? walk(file) : [file]))
    for (const file of walk(home)) expect(readFileSync(file).includes(KEY), file).toBe(false)
  })
})
