/**
 * Imports JSON lines with a reference each and says what they cost: `node test/bench/import.ts [megabytes]`, 1,000 when left out. In a process of its
 * own, for what counts is its peak. Exit code 1 above 300 MB.
 */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importDataset } from '#trainer/1-tasks/import/import-dataset'

const LIMIT_BYTES = 300e6
const ROWS_AT_ONCE = 500

const wantedBytes = Number(process.argv[2] ?? '1000') * 1e6
const path = join(tmpdir(), `veritune-import-${process.pid}.jsonl`)
try {
  const bytes = writeRows(path, wantedBytes)
  const started = performance.now()
  let tasks = 0
  for await (const found of importDataset({ path })) if ('task' in found) tasks++
  const seconds = (performance.now() - started) / 1000
  const peakBytes = process.resourceUsage().maxRSS * 1024
  console.log(
    `${(bytes / 1e6).toFixed(0)} MB, ${tasks} tasks in ${seconds.toFixed(0)} s, peak ${(peakBytes / 1e6).toFixed(0)} MB`,
  )
  process.exitCode = peakBytes > LIMIT_BYTES ? 1 : 0
} finally {
  rmSync(path, { force: true })
}

/** Every design another one, every prompt as long as public sets have it. */
function writeRows(file: string, limit: number): number {
  const handle = openSync(file, 'w')
  let bytes = 0
  for (let start = 0; bytes < limit; start += ROWS_AT_ONCE) {
    const rows = Array.from({ length: ROWS_AT_ONCE }, (_, i) => row(start + i))
    bytes += writeSync(handle, rows.join(''))
  }
  closeSync(handle)
  return bytes
}

function row(number: number): string {
  const reference = `module design_${number}(input clk, input [15:0] a, output reg [15:0] q);
  // Adds ${number} in each cycle.
  always @(posedge clk) begin
    if (a == 16'd${number % 65_536}) q <= q + 16'd1;
    else q <= a + ${number};
  end
endmodule
`
  const prompt = `Design ${number}: ${'say what it does in plain words; '.repeat(64)}`
  return `${JSON.stringify({ id: `row-${number}`, prompt, reference })}\n`
}
