/** `npm run bench`: how fast the parts of a run are on this machine. Needs the starter model; takes about a minute. */
import { cpus, release, totalmem } from 'node:os'
import { measureEngine } from './engine.ts'
import { measureIngest } from './ingest.ts'
import { measureJournalDelay } from './journal-delay.ts'

interface Row {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly how: string
}

const [{ model } = { model: 'unknown processor' }] = cpus()
console.log(
  `${model.trim()}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${process.platform} ${release()}, Node ${process.version}`,
)

const rows: Row[] = []
for (const measure of [measureEngine, measureJournalDelay, measureIngest]) {
  for (const row of await measure()) {
    rows.push(row)
    console.log(`${row.what.padEnd(34)} ${format(row.value).padStart(10)} ${row.unit.padEnd(10)} ${row.how}`)
  }
}
if (process.argv.includes('--json')) console.log(JSON.stringify(rows))

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
