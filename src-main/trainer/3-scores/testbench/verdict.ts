/**
 * What a data set's own testbench says -> a verdict. One verdict line, whole, the last of the output; anything else is no pass. Linear in the
 * length of the output, of which only lines are looked at that can be a verdict.
 */
import type { OwnTestbench } from '#contract/task'
import type { TestbenchResult } from './result.ts'

/** Icarus reports where a simulation was ended; that is no word of the testbench. */
const FINISH_NOTE = /^\S+:\d+: \$(finish|stop) called at \d+/

export const RAN_OUT = 'The time that the testbench gives itself ran out.'
/** What VerilogEval's testbenches print when they have waited long enough. */
const TIMEOUT = /^TIMEOUT\r?$/m

/** In characters; a longer line is neither a verdict nor a note. */
const LONGEST = 500

type Verdict = { readonly passed: number; readonly of: number }

interface Rule {
  /** In every line that can be a verdict. */
  readonly sign: RegExp
  read(line: string): Verdict | null
}

const RULES: Readonly<Record<Exclude<OwnTestbench['rule'], 'vector-file'>, Rule>> = {
  'mismatch-count': {
    sign: /Mismatches:/g,
    read(line) {
      const match = /^Mismatches: (\d{1,15}) in (\d{1,15}) samples$/.exec(line)
      if (match === null) return null
      const [wrong, samples] = [Number(match[1]), Number(match[2])]
      return { passed: Math.max(0, samples - wrong), of: samples }
    },
  },
  'design-passed': {
    sign: /Your Design Passed|Error|Fail/gi,
    read(line) {
      if (/^=+\s*Your Design Passed\s*=+$/.test(line)) return { passed: 1, of: 1 }
      // What `$display` was given behind its text stands behind the frame.
      const isFailure = /^=+\s*(Error|Failed|Test completed with\s+\d+(\s*\/\s*\d+)?\s*failures)\s*=+(\s*[\dxz]+)?$/i.test(line)
      return isFailure || /^Test completed with\s+\d+ errors\.?$/i.test(line) ? { passed: 0, of: 1 } : null
    },
  },
  'all-tests-passed': {
    sign: /all tests passed|Test Summary:/gi,
    read(line) {
      if (/^all tests passed!?$/i.test(line)) return { passed: 1, of: 1 }
      const match = /^Test Summary:\s*(\d{1,15})\s*\/\s*(\d{1,15})/i.exec(line)
      return match === null ? null : { passed: Number(match[1]), of: Number(match[2]) }
    },
  },
}

export function verdictOf(testbench: OwnTestbench, stdout: string, writtenVectors: string | null): TestbenchResult {
  if (testbench.rule === 'vector-file') return vectorVerdict(testbench.expected ?? '', writtenVectors)
  const said = withoutFinish(stdout)
  const { count, hasPassed, last, end } = verdictsIn(said, RULES[testbench.rule])
  if (count > 1 && hasPassed)
    return { outcome: 'forged', summary: `There are ${count} verdicts in the output, where one is due.` }
  if (last === null) {
    const lastWords = lastLineOf(said).slice(0, 100) || 'none'
    return failed(0, 1, `The testbench gave no verdict; its last words: ${lastWords}.`)
  }
  if (end < said.length && hasPassed) return { outcome: 'forged', summary: 'Something was printed after the verdict.' }
  const { passed, of } = last
  // It gave up waiting and counted nevertheless: nothing says that what it still waited for would have come.
  if (testbench.rule === 'mismatch-count' && testbench.runsOut !== true && TIMEOUT.test(said)) {
    return failed(0, 1, RAN_OUT)
  }
  if (isPass(last)) return { outcome: 'passed', cycles: of }
  return failed(
    passed,
    Math.max(1, of),
    of === 0 ? 'The testbench compared nothing.' : `${of - passed} of ${of} checks of the testbench fail.`,
  )
}

function isPass({ passed, of }: Verdict): boolean {
  return of > 0 && passed === of
}

/** The output up to the last line that is neither blank nor a note of the simulator's end. */
function withoutFinish(stdout: string): string {
  let said = stdout.trimEnd()
  for (let line = lastLineOf(said); line.length <= LONGEST && FINISH_NOTE.test(line); line = lastLineOf(said)) {
    said = said.slice(0, said.lastIndexOf('\n') + 1).trimEnd()
  }
  return said
}

function lastLineOf(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1).trim()
}

interface Verdicts {
  readonly count: number
  /** One of them, at least. */
  readonly hasPassed: boolean
  readonly last: Verdict | null
  /** Place behind the last one's line. */
  readonly end: number
}

function verdictsIn(said: string, { sign, read }: Rule): Verdicts {
  let verdicts: Verdicts = { count: 0, hasPassed: false, last: null, end: 0 }
  sign.lastIndex = 0
  for (let match = sign.exec(said); match !== null; match = sign.exec(said)) {
    const newline = said.indexOf('\n', match.index)
    const end = newline < 0 ? said.length : newline
    const line = said.slice(said.lastIndexOf('\n', match.index) + 1, end).trim()
    const last = line.length > LONGEST ? null : read(line)
    if (last !== null) verdicts = { count: verdicts.count + 1, hasPassed: verdicts.hasPassed || isPass(last), last, end }
    sign.lastIndex = end
  }
  return verdicts
}

/** Line by line, blanks apart; more or fewer lines are wrong lines. */
function vectorVerdict(expected: string, written: string | null): TestbenchResult {
  if (written === null) return failed(0, 1, 'The testbench wrote no test_vectors.txt.')
  const [wanted, got] = [new Lines(expected), new Lines(written)]
  let [right, total] = [0, 0]
  for (
    let [isWanted, isThere] = [wanted.next(), got.next()];
    isWanted || isThere;
    isWanted = wanted.next(), isThere = got.next()
  ) {
    total++
    if (isWanted && isThere && wanted.line() === got.line()) right++
  }
  if (total > 0 && right === total) return { outcome: 'passed', cycles: total }
  return failed(right, Math.max(1, total), `${total - right} of ${total} lines of test_vectors.txt differ.`)
}

/** Walks over the lines of a text that are not blank: a list of them would take a hundred times the text's room. */
class Lines {
  readonly #text: string
  #start = 0
  #end = 0

  constructor(text: string) {
    this.#text = text
  }

  /** False behind the last one. */
  next(): boolean {
    const text = this.#text
    let at = this.#end
    while (at < text.length && isBlank(text.charCodeAt(at))) at++
    this.#start = at
    while (at < text.length && text.charCodeAt(at) !== 10) at++
    this.#end = at
    return this.#start < at
  }

  /** The present one, with one blank for many. */
  line(): string {
    return this.#text.slice(this.#start, this.#end).trimEnd().replace(/\s+/g, ' ')
  }
}

function isBlank(code: number): boolean {
  if (code < 128) return code === 32 || (code >= 9 && code <= 13)
  return /\s/.test(String.fromCharCode(code))
}

function failed(matchingCycles: number, cycles: number, summary: string): TestbenchResult {
  return { outcome: 'failed', matchingCycles, cycles, summary }
}
