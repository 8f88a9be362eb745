import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { JournalEvent } from '#contract/journal'
import { lineText, linesOf } from '#sync/lines'
import { readStatus } from '#sync/run-files'
import { aJournal, started, stepFinished } from '#test/support/run-builders'
import { QUICK, startSyncProcess, writeWishedRun } from '#test/support/sync-runs'
import { temporaryFolder } from '#test/support/temporary-folder'
import { FAULTS, randomOf, startWandbServer, type WandbServer } from '#test/support/wandb-server'

const RUNS = 20
const STEPS = 5_000
const KILLS = 6
const FAULT_SHARE = 0.3
/** It takes half a minute of a processor that has nothing else to do. */
const PATIENCE_MS = 1_800_000
/** Silent answers are waited for so long. */
const PACE = { ...QUICK, timeoutMs: 2_000, countingMs: 60_000 }

describe('against faults', () => {
  test(
    `${RUNS} runs of ${STEPS} steps arrive whole and once, though ${FAULT_SHARE * 100} % of the requests fail and the sender is killed ${KILLS} times`,
    async () => {
      const home = temporaryFolder()
      const server = await startWandbServer({ faultShare: FAULT_SHARE }, 7)
      const journals = Array.from({ length: RUNS }, (_, i) => journalOf(i))
      const folders = journals.map((events, i) => writeWishedRun(home, `run-${i}`, events, server))
      const kills = await sendAll(home, server, folders)
      for (const [i, events] of journals.entries()) {
        const { lines } = server.runs.get(`ada/verilog/run-${i}`)!
        const expected = linesOf(events, { startMs: Date.parse(events[0]!.time), aliases: [], media: new Map() })
        const differing = expected.filter((line) => lines.get(line.number) !== lineText(line))
        expect({ count: lines.size, differing: differing.length }).toEqual({ count: STEPS + 1, differing: 0 })
      }
      expect(kills).toBe(KILLS)
      // The test has met what it is about.
      expect(FAULTS.filter((fault) => server.faults[fault] === 0)).toEqual([])
    },
    PATIENCE_MS,
  )
})

/** Kills the sender each time after so many requests, and starts it again, until all is confirmed. Answers the number of kills. */
async function sendAll(home: string, server: WandbServer, folders: readonly string[]): Promise<number> {
  const random = randomOf(11)
  let kills = 0
  while (folders.some((folder) => readStatus(folder)?.state !== 'confirmed')) {
    const child = startSyncProcess(home, PACE)
    const ended = once(child, 'exit')
    if (kills < KILLS) {
      await requestsMore(server, 1 + Math.floor(random() * 25))
      child.kill('SIGKILL')
      kills++
    }
    await ended
  }
  return kills
}

async function requestsMore(server: WandbServer, count: number): Promise<void> {
  const end = server.requests.length + count
  while (server.requests.length < end) await new Promise((resolve) => setTimeout(resolve, 1))
}

function journalOf(run: number): JournalEvent[] {
  return aJournal([
    started(),
    ...Array.from({ length: STEPS }, (_, i) => stepFinished(i + 1, Math.sin(run + i))),
    { type: 'run.ended', step: STEPS, outcome: 'finished' },
  ])
}
