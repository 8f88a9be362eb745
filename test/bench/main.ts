/** `npm run bench [engine|journal|ingest|scoring …]`: how fast the parts of a run are on this machine. Needs the starter model; all take about a minute. */
import { cpus, release, totalmem } from 'node:os'
import { measureEngine } from './engine.ts'
import { measureIngest } from './ingest.ts'
import { measureJournalDelay } from './journal-delay.ts'
import type { Measured } from './measured.ts'
import { measureScoring } from './scoring.ts'

const BENCHES: Readonly<Record<string, () => Promise<Measured[]>>> = {
  engine: measureEngine,
  journal: measureJournalDelay,
  ingest: measureIngest,
  scoring: measureScoring,
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
  for (const row of await measure()) {
    rows.push(row)
    console.log(`${row.what.padEnd(34)} ${format(row.value).padStart(10)} ${row.unit.padEnd(10)} ${row.how}`)
  }
}
if (process.argv.includes('--json')) console.log(JSON.stringify(rows))

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
