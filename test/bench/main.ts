/** `npm run bench [engine|journal|ingest|scoring|step|screens|page-memory|sync …]`: how fast the parts of a run are on this machine. Needs the starter model; all take some minutes, a quarter of an hour where PyTorch is. */
import { cpus, release, totalmem } from 'node:os'
import { measureAgainstTorch } from './engine/compare.ts'
import { measureEngine } from './engine.ts'
import { measureIngest } from './ingest.ts'
import { measureJournalDelay } from './journal-delay.ts'
import type { Measured } from './measured.ts'
import { measurePageMemory } from './page-memory.ts'
import { measureScoring } from './scoring.ts'
import { measureScreens } from './screens.ts'
import { measureStep } from './step.ts'
import { measureSync } from './sync.ts'

const BENCHES: Readonly<Record<string, () => AsyncIterable<Measured[]> | Promise<Measured[]>>> = {
  engine: engineBench,
  journal: measureJournalDelay,
  ingest: measureIngest,
  scoring: measureScoring,
  step: measureStep,
  screens: measureScreens,
  'page-memory': measurePageMemory,
  sync: measureSync,
}

const [{ model } = { model: 'unknown processor' }] = cpus()
console.log(
  `${model.trim()}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${process.platform} ${release()}, Node ${process.version}`,
)

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'))
const unknown = wanted.find((name) => !Object.hasOwn(BENCHES, name))
if (unknown !== undefined) {
  console.error(`There is no bench "${unknown}", only ${Object.keys(BENCHES).join(', ')}.`)
  process.exit(2)
}
const rows: Measured[] = []
for (const [name, measure] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const measured = measure()
  for await (const part of measured instanceof Promise ? [measured] : measured) part.forEach(show)
}
if (process.argv.includes('--json')) console.log(JSON.stringify(rows))

async function* engineBench(): AsyncGenerator<Measured[]> {
  yield await measureEngine()
  yield* measureAgainstTorch()
}

function show(row: Measured): void {
  rows.push(row)
  console.log(`${row.what.padEnd(40)} ${format(row.value).padStart(10)} ${row.unit.padEnd(10)} ${row.how}`)
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
