/** What a data set's own testbench says -> a verdict. One verdict line, whole, the last of the output; anything else is no pass. */
import type { OwnTestbench } from '#contract/task'
import type { TestbenchResult } from './result.ts'

/** Icarus reports where a simulation was ended; that is no word of the testbench. */
const FINISH_NOTE = /^\S+:\d+: \$(finish|stop) called at \d+/

type Verdict = { readonly passed: number; readonly of: number }
type Rule = (line: string) => Verdict | null

const RULES: Readonly<Record<Exclude<OwnTestbench['rule'], 'vector-file'>, Rule>> = {
  'mismatch-count': (line) => {
    // The testbench gave up waiting; it counts nevertheless.
    if (line === 'TIMEOUT') return { passed: 0, of: 1 }
    const match = /^Mismatches: (\d+) in (\d+) samples$/.exec(line)
    if (match === null) return null
    const [wrong, samples] = [Number(match[1]), Number(match[2])]
    return { passed: Math.max(0, samples - wrong), of: samples }
  },
  'design-passed': (line) => {
    if (/^=+\s*Your Design Passed\s*=+$/.test(line)) return { passed: 1, of: 1 }
    if (/^=+\s*(Error|Failed|Test completed with\s+\d+\s*(\/\s*\d+)?\s*failures)\s*=+$/i.test(line)) return { passed: 0, of: 1 }
    return null
  },
  'all-tests-passed': (line) => {
    if (/^all tests passed!?$/i.test(line)) return { passed: 1, of: 1 }
    const match = /^Test Summary:\s*(\d+)\s*\/\s*(\d+)/i.exec(line)
    return match === null ? null : { passed: Number(match[1]), of: Number(match[2]) }
  },
}

export function verdictOf(testbench: OwnTestbench, stdout: string, writtenVectors: string | null): TestbenchResult {
  if (testbench.rule === 'vector-file') return vectorVerdict(testbench.expected ?? '', writtenVectors)
  const rule = RULES[testbench.rule]
  const lines = stdout.split('\n').map((line) => line.trim())
  const said = lines.filter((line) => line !== '' && !FINISH_NOTE.test(line))
  const verdicts = said.flatMap((line, place) => {
    const verdict = rule(line)
    return verdict === null ? [] : [{ verdict, place }]
  })
  const hasPassed = verdicts.some(({ verdict: { passed, of } }) => of > 0 && passed === of)
  if (verdicts.length > 1 && hasPassed)
    return { outcome: 'forged', summary: `There are ${verdicts.length} verdicts in the output, where one is due.` }
  const only = verdicts.at(-1)
  if (only === undefined)
    return failed(0, 1, `The testbench gave no verdict; its last words: ${said.at(-1)?.slice(0, 100) ?? 'none'}.`)
  if (only.place !== said.length - 1 && hasPassed)
    return { outcome: 'forged', summary: 'Something was printed after the verdict.' }
  const { passed, of } = only.verdict
  if (of > 0 && passed === of) return { outcome: 'passed', cycles: of }
  return failed(
    passed,
    Math.max(1, of),
    of === 0 ? 'The testbench compared nothing.' : `${of - passed} of ${of} checks of the testbench fail.`,
  )
}

/** Line by line, blanks apart; more or fewer lines are wrong lines. */
function vectorVerdict(expected: string, written: string | null): TestbenchResult {
  if (written === null) return failed(0, 1, 'The testbench wrote no test_vectors.txt.')
  const plain = (text: string): string[] =>
    text
      .split('\n')
      .map((line) => line.trim().replace(/\s+/g, ' '))
      .filter((line) => line !== '')
  const [wanted, got] = [plain(expected), plain(written)]
  const total = Math.max(wanted.length, got.length)
  const right = wanted.filter((line, i) => line === got[i]).length
  if (total > 0 && right === total) return { outcome: 'passed', cycles: total }
  return failed(right, Math.max(1, total), `${total - right} of ${total} lines of test_vectors.txt differ.`)
}

function failed(matchingCycles: number, cycles: number, summary: string): TestbenchResult {
  return { outcome: 'failed', matchingCycles, cycles, summary }
}
