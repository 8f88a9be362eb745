/** How fast a journal becomes rows: one run of 2,000 steps with the metrics of a real one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { METRICS } from '#contract/metrics'
import { readJournalPart } from '#runs/read-journal'
import { openStore } from '#store/store'
import { aConfig, aJournal, started, stepFinished, writeRun } from '#test/support/run-builders'
import { secondsOf, type Measured } from './measured.ts'

const STEPS = 2_000

export async function measureIngest(): Promise<Measured[]> {
  const home = mkdtempSync(join(tmpdir(), 'veritune-bench-'))
  const keys = Object.keys(METRICS).filter((key) => key.startsWith('train/') || key.startsWith('timing_s/'))
  const metrics = Object.fromEntries(keys.map((key, i) => [key, 1 / (i + 3)]))
  const events = aJournal([started(), ...Array.from({ length: STEPS }, (_, i) => ({ ...stepFinished(i + 1), metrics }))])
  const directory = writeRun(home, 'a', events)
  const store = await openStore(join(home, 'store.sqlite'))
  await store.addRun({ id: 'a', config: aConfig(), createdAt: new Date().toISOString() })
  const seconds = await secondsOf(async () => {
    for (let part = await readJournalPart(directory, 0); part !== null; part = await readJournalPart(directory, part.endByte)) {
      await store.ingest('a', part)
    }
  })
  await store.close()
  rmSync(home, { recursive: true, force: true })
  const points = STEPS * keys.length
  return [
    {
      what: 'Store ingest',
      value: points / seconds,
      unit: 'points/s',
      how: `${STEPS} steps of ${keys.length} metrics, from the journal file`,
    },
  ]
}
