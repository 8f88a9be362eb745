/** A testbench that came with the task, in the box. */
import type { OwnTestbench } from '#contract/task'
import { SIMULATION_LIMITS, type Runner } from '../tools/sandbox.ts'
import { YOSYS_FILES } from '../tools/yosys.ts'
import { ALONE_PROGRAM, drivenInput } from './alone.ts'
import { runIcarus, type IcarusJob } from './icarus.ts'
import type { Judged } from './result.ts'
import { verdictOf } from './verdict.ts'

const VECTORS = 'test_vectors.txt'
/** Public testbenches take their time; most end in a tenth of a second, and those that wait for ever for a wrong design cost all of it. */
const LIMITS = { ...SIMULATION_LIMITS, wallMs: 60_000, cpuSeconds: 8 }

/** What is judged beside the testbench, and with what. */
export type OwnTestbenchOptions = Pick<IcarusJob, 'sideFiles' | 'afterCompile' | 'collect' | 'core'>

/** The design comes last: what it declares reaches nothing that was read before. */
export async function judgeByOwnTestbench(
  runner: Runner,
  code: string,
  { testbench, moduleName }: { readonly testbench: OwnTestbench; readonly moduleName: string },
  also: OwnTestbenchOptions = {},
): Promise<Judged> {
  const sources = testbench.files.filter(({ isSource }) => isSource).map(({ name, text }) => [name, text] as const)
  // What a data set says to have been written there is no answer.
  const beside = testbench.files.filter(({ name, isSource }) => !isSource && name !== VECTORS)
  const sideFiles = Object.fromEntries(beside.map(({ name, text }) => [name, text]))
  const run = await runIcarus(runner, {
    sources: [...sources, [YOSYS_FILES.design, code]],
    sideFiles: { ...sideFiles, ...also.sideFiles },
    top: testbench.top,
    alone: { code, moduleName },
    ...(also.afterCompile !== undefined && { afterCompile: also.afterCompile }),
    core: also.core ?? null,
    collect: [ALONE_PROGRAM, ...(also.collect ?? []), ...(testbench.rule === 'vector-file' ? [VECTORS] : [])],
    limits: LIMITS,
  })
  const { files, ...end } = run
  const driven = drivenInput(files[ALONE_PROGRAM] ?? '', moduleName)
  if (driven !== null) return { verdict: { outcome: 'forged', summary: `The design drives its own input ${driven}.` }, files }
  return { verdict: end.outcome === 'ran' ? verdictOf(testbench, end.stdout, files[VECTORS] ?? null) : end, files }
}
