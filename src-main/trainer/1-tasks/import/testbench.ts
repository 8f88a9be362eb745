/** A data set's own testbench: what it is about, and how it says its verdict. */
import type { OwnTestbench, VerdictRule } from '#contract/task'
import { modulesOf } from '../../verilog/modules.ts'
import { topsOf } from './draft.ts'
import { RowProblem } from './problem.ts'

export interface TestbenchPart {
  readonly name: string
  readonly text: string
  readonly isSource: boolean
}

/** Name of the module that a testbench tries: the one that it instantiates and does not bring; null where there is no such one. */
export function moduleUnderTest(sources: readonly string[]): string | null {
  const modules = sources.flatMap((text) => modulesOf(text))
  const own = new Set(modules.map(({ name }) => name))
  return modules.flatMap(({ instances }) => instances).find(({ module }) => !own.has(module))?.module ?? null
}

/** Throws RowProblem when it cannot be read how it says its verdict. */
export function ownTestbench(
  files: readonly TestbenchPart[],
  moduleName: string,
  { rule, expected = null }: { rule?: VerdictRule; expected?: string | null } = {},
): OwnTestbench {
  const sources = files.filter(({ isSource }) => isSource).map(({ text }) => text)
  const tops = topsOf(sources.flatMap((text) => modulesOf(text))).filter((name) => name !== moduleName)
  const known = rule ?? ruleOf(sources.join('\n'), expected)
  if (known === null) {
    const fix = 'Let it end with "all tests passed", "Test Summary: P/T", "Mismatches: 0 in N samples" or "Your Design Passed".'
    throw new RowProblem('testbench', 'The testbench prints no verdict that can be read.', fix)
  }
  // Of several, the name that most sets give it.
  const top = tops.length === 1 ? tops[0]! : (tops.find((name) => name === 'tb') ?? null)
  return { rule: known, files: [...files], top, expected }
}

/** By the words in its texts. */
function ruleOf(text: string, expected: string | null): VerdictRule | null {
  if (/Mismatches:/.test(text)) return 'mismatch-count'
  if (/Your Design Passed/i.test(text)) return 'design-passed'
  if (/all tests passed/i.test(text) || /Test Summary:/i.test(text)) return 'all-tests-passed'
  return /test_vectors\.txt/.test(text) && expected !== null ? 'vector-file' : null
}
