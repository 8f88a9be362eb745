/** One functional score from the judges that a run asked for. */
import type { Judge } from '#contract/run-config'
import { isScored, type Evidence, type Score } from '#contract/score'
import type { TestbenchResult } from './testbench/result.ts'

/** `netlist` is null where the netlist judge cannot decide the task, `testbench` where no simulation was made. */
export function functionalVerdict(
  judge: Judge,
  netlist: Score | null,
  testbench: TestbenchResult | null,
  trivialMatch: number,
): Score {
  const simulated = testbench === null ? null : scoreOf(testbench, trivialMatch)
  switch (judge) {
    case 'netlist':
      return netlist ?? UNDECIDED
    case 'testbench':
      // What the simulator does not know goes to the other path; if that cannot decide either, the limit is the outcome.
      return testbench?.outcome === 'tool-limit' ? (netlist ?? simulated!) : (simulated ?? UNDECIDED)
    case 'both':
      return both(netlist, testbench, simulated)
  }
}

const UNDECIDED: Score = { unscored: 'No judge of this run can decide the task.' }

function both(netlist: Score | null, testbench: TestbenchResult | null, simulated: Score | null): Score {
  if (netlist === null || simulated === null) return simulated ?? netlist ?? UNDECIDED
  if (testbench?.outcome === 'tool-limit') return netlist
  if (!isScored(netlist) || !isScored(simulated)) return isScored(netlist) ? simulated : netlist
  if ((netlist.outcome === 'passed') === (simulated.outcome === 'passed')) return netlist
  const [yes, no] = netlist.outcome === 'passed' ? ['netlist', 'testbench'] : ['testbench', 'netlist']
  const against = netlist.outcome === 'passed' ? simulated : netlist
  const summary = `The ${yes} judge passes it, the ${no} judge does not: ${against.evidence.summary}`
  return { value: 0, outcome: 'judges-disagree', evidence: { ...against.evidence, summary } }
}

function scoreOf(result: TestbenchResult, trivialMatch: number): Score {
  switch (result.outcome) {
    case 'passed':
      return {
        value: 1,
        outcome: 'passed',
        evidence: { summary: `The testbench passes it in ${result.cycles} cycles.`, ...counts(result) },
      }
    case 'failed':
      return failed(result, trivialMatch)
    case 'compile-error':
      return zero('compile-error', 'The simulator does not compile it.', { diagnostics: [...result.diagnostics] })
    case 'tool-limit':
      return zero('tool-limit', `No tool here can simulate it: ${result.reason}`)
    case 'unusable':
      return { unscored: result.reason }
    case 'forged':
      return zero('refused', result.summary)
    case 'timeout':
    case 'tool-crash':
      return zero(result.outcome, result.summary)
  }
}

/** The same measure as the netlist judge's: the share of matching cycles above what doing nothing gets. */
function failed(result: Extract<TestbenchResult, { outcome: 'failed' }>, trivialMatch: number): Score {
  const { cycles, matchingCycles, summary, counterexample } = result
  const share = cycles === 0 ? 0 : matchingCycles / cycles
  const value =
    trivialMatch >= 1 ? 0 : Math.min(Math.max(0, (share - trivialMatch) / (1 - trivialMatch)), 1 - 1 / Math.max(cycles, 2))
  const evidence = { summary, ...counts({ cycles, matchingCycles }), ...(counterexample && { counterexample }) }
  return { value, outcome: value > 0 ? 'partial' : 'failed', evidence }
}

function counts({ cycles, matchingCycles = cycles }: { cycles: number; matchingCycles?: number }): Partial<Evidence> {
  return { cycles, matchingCycles }
}

function zero(
  outcome: Extract<Score, { value: number }>['outcome'],
  summary: string,
  evidence: Omit<Evidence, 'summary'> = {},
): Score {
  return { value: 0, outcome, evidence: { summary, ...evidence } }
}
