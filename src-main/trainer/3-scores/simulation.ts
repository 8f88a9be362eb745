/** Event-driven simulation of designs, with the native tools of this machine. */
import { createHash } from 'node:crypto'
import { Failure } from '#contract/failure'
import { isReferenced, type ReferencedTask, type Task } from '#contract/task'
import type { Finding } from './quality/finding.ts'
import { verilatorFindings } from './quality/verilator-findings.ts'
import { judgeByHarness, prepareHarness, type Playbook } from './testbench/harness.ts'
import { findCore, type IcarusCore } from './testbench/icarus-core.ts'
import { judgeByOwnTestbench } from './testbench/own-testbench.ts'
import type { IcarusJob } from './testbench/icarus.ts'
import type { Judged, TestbenchResult } from './testbench/result.ts'
import { findTools, type FoundTool, type NativeTools } from './tools/find-tools.ts'
import { nativeSynthesisOf, YOSYS_OUTPUT, yosysStep, type NativeSynthesis } from './tools/native-yosys.ts'
import { removeForsakenBoxes, SIMULATION_LIMITS, toolFoldersOf, type Runner } from './tools/sandbox.ts'
import { ToolHost } from './tools/tool-host.ts'
import { LINT_FILE, lintStep } from './tools/verilator.ts'
import { toolTextOf } from '../verilog/tool-text.ts'

const LINT_LOG = 'zz_lint.log'

export interface Simulated {
  readonly verdict: TestbenchResult
  /** The design to words by native Yosys, in the same box; null where there is none, or where it was not reached. */
  readonly synthesis: NativeSynthesis | null
  /** Of the task's reference, likewise. */
  readonly reference: NativeSynthesis | null
  /** Of Verilator; none where it is not there or was not reached. */
  readonly findings: readonly Finding[]
}

export interface Simulation {
  /** Never rejects: what the tools or the task are to blame for is `unusable`. */
  judge(code: string, task: Task, stimulusSeed: number): Promise<Simulated>
  /** Tool -> version. */
  readonly tools: Readonly<Record<string, string>>
  close(): Promise<void>
}

export interface SimulationOptions {
  readonly environment: NodeJS.ProcessEnv
  /** A person allowed native simulators without a box for this data set. */
  readonly isUnboxedAllowed: boolean
  /** It gives way to an engine of the same machine. */
  readonly isBehind?: boolean
}

/** References whose answers are kept; least recently used ones go. */
const MAX_PLAYBOOKS = 512

/** Designs whose verdict is kept, each with its netlist: those of a step or two. Completions that differ in their reasoning alone share one. */
const MAX_VERDICTS = 256

/** Throws Failure tool.missing: without a box no native simulator runs unless that was allowed. Start it before anything large is loaded. */
export async function startSimulation(options: SimulationOptions): Promise<Simulation> {
  const tools = await findTools(options.environment)
  const { iverilog, vvp, yosys, verilator } = tools
  if (iverilog === null || vvp === null) throw missing('Icarus Verilog (iverilog, vvp)', 'apt install iverilog')
  await removeForsakenBoxes()
  const programs = [iverilog, vvp, yosys, verilator].flatMap((tool) => tool?.path ?? [])
  const { host, name } = await startBox(tools, programs, options)
  return new IcarusSimulation({
    runner: host,
    yosys,
    verilator,
    core: await findCore(host),
    tools: {
      iverilog: iverilog.version,
      ...(yosys !== null && { 'yosys-native': yosys.version }),
      ...(verilator !== null && { verilator: verilator.version }),
      sandbox: name,
    },
    close: () => host.close(),
  })
}

async function startBox(
  { bwrap }: NativeTools,
  programs: readonly string[],
  { isUnboxedAllowed, isBehind = false }: SimulationOptions,
): Promise<{ host: ToolHost; name: string }> {
  const toolFolders = toolFoldersOf(programs)
  if (bwrap !== null) {
    const host = new ToolHost({ bwrapPath: bwrap.path, toolFolders, isBehind })
    const problem = await problemOf(host)
    if (problem === null) return { host, name: `bubblewrap ${bwrap.version}` }
    await host.close()
    if (!isUnboxedAllowed) throw unboxed(`Bubblewrap, the sandbox of native tools, cannot start (${problem}); it`)
  }
  if (!isUnboxedAllowed || process.platform === 'win32') throw unboxed('Bubblewrap (bwrap), the sandbox of native tools,')
  return { host: new ToolHost({ bwrapPath: null, toolFolders, isBehind }), name: 'none' }
}

/** Some machines have the program and forbid what it needs. */
async function problemOf(host: ToolHost): Promise<string | null> {
  const { code, stderr } = await host.run({ files: {}, steps: [{ words: ['true'] }], limits: SIMULATION_LIMITS })
  return code === 0 ? null : (stderr.trim().split('\n').at(-1) ?? 'without a word')
}

function missing(tool: string, command: string): Failure {
  const remedy = `Install it (Debian: ${command}), or choose the judge "netlist", which needs nothing.`
  return new Failure('tool.missing', { tool, remedy })
}

function unboxed(tool: string): Failure {
  const remedy =
    'Install it (Debian: apt install bubblewrap), choose the judge "netlist", or, where you trust the data set, ' +
    'allow its simulation without a sandbox: `veritune dataset allow PATH`.'
  return new Failure('tool.missing', { tool, remedy })
}

interface Parts {
  readonly runner: Runner
  readonly yosys: FoundTool | null
  readonly verilator: FoundTool | null
  readonly core: IcarusCore | null
  readonly tools: Readonly<Record<string, string>>
  readonly close: () => Promise<void>
}

class IcarusSimulation implements Simulation {
  readonly tools: Readonly<Record<string, string>>
  readonly close: () => Promise<void>
  readonly #runner: Runner
  readonly #yosys: FoundTool | null
  readonly #verilator: FoundTool | null
  readonly #core: IcarusCore | null
  readonly #playbooks = new Map<string, Promise<Playbook>>()
  readonly #verdicts = new Map<string, Promise<Simulated>>()

  constructor({ runner, yosys, verilator, core, tools, close }: Parts) {
    this.#runner = runner
    this.#yosys = yosys
    this.#verilator = verilator
    this.#core = core
    this.tools = tools
    this.close = close
  }

  judge(code: string, task: Task, stimulusSeed: number): Promise<Simulated> {
    const key = createHash('sha256')
      .update(JSON.stringify([code, task, stimulusSeed]))
      .digest('base64')
    const found = this.#verdicts.get(key)
    if (found !== undefined) return found
    const judged = this.#judgedAnew(code, task, stimulusSeed)
    this.#verdicts.set(key, judged)
    if (this.#verdicts.size > MAX_VERDICTS) this.#verdicts.delete(this.#verdicts.keys().next().value!)
    // Another try may fare better: the machine may be to blame.
    void judged.then(({ verdict }) => {
      if (verdict.outcome === 'timeout' || verdict.outcome === 'unusable') this.#verdicts.delete(key)
    })
    return judged
  }

  async #judgedAnew(code: string, task: Task, stimulusSeed: number): Promise<Simulated> {
    try {
      const { verdict, files, referenceFiles = {} } = await this.#judged(code, task, stimulusSeed)
      return {
        verdict,
        synthesis: this.#synthesisIn(files),
        reference: this.#synthesisIn(referenceFiles),
        findings: verilatorFindings(files[LINT_LOG] ?? ''),
      }
    } catch (error) {
      return {
        verdict: unusable(error instanceof Error ? error.message : String(error)),
        synthesis: null,
        reference: null,
        findings: [],
      }
    }
  }

  /** The task's own testbench where it has one, else our harness. */
  async #judged(code: string, task: Task, stimulusSeed: number): Promise<Judged & { referenceFiles?: Judged['files'] }> {
    const also = this.#alsoInTheBox(code, task)
    const { testbench, moduleName } = task
    if (testbench !== undefined)
      return judgeByOwnTestbench(this.#runner, code, { testbench, moduleName }, { ...also, core: this.#core })
    if (!isReferenced(task)) return { verdict: unusable('The task has neither a reference nor a testbench.'), files: {} }
    const playbook = await this.#playbookOf(task, stimulusSeed)
    const judged = await judgeByHarness(this.#runner, code, playbook, { ...also, core: this.#core })
    return { ...judged, referenceFiles: playbook.files }
  }

  #synthesisIn(files: Judged['files']): NativeSynthesis | null {
    return this.#yosys === null ? null : nativeSynthesisOf(this.#yosys, files)
  }

  /** Synthesis and lint in the box of the simulation: a box costs as much as either. */
  #alsoInTheBox(code: string, { moduleName }: Task): Pick<IcarusJob, 'sideFiles' | 'afterCompile' | 'collect'> {
    const [yosys, verilator] = [this.#yosys, this.#verilator]
    return {
      sideFiles: verilator === null ? {} : { [LINT_FILE]: toolTextOf(code) },
      afterCompile: [
        ...(yosys === null ? [] : [yosysStep(yosys, moduleName)]),
        ...(verilator === null ? [] : [{ ...lintStep(verilator.path, moduleName), into: LINT_LOG, isOptional: true }]),
      ],
      collect: [...YOSYS_OUTPUT, LINT_LOG],
    }
  }

  #playbookOf(task: ReferencedTask, seed: number): Promise<Playbook> {
    const key = `${seed}\n${task.id}\n${task.reference}`
    const afterCompile = this.#yosys === null ? [] : [yosysStep(this.#yosys, task.moduleName)]
    const options = { core: this.#core, afterCompile, collect: YOSYS_OUTPUT }
    const found = this.#playbooks.get(key) ?? prepareHarness(this.#runner, task, seed, options)
    this.#playbooks.delete(key)
    this.#playbooks.set(key, found)
    // Another try may fare better: the machine may be to blame.
    found.catch(() => this.#playbooks.get(key) === found && this.#playbooks.delete(key))
    if (this.#playbooks.size > MAX_PLAYBOOKS) this.#playbooks.delete(this.#playbooks.keys().next().value!)
    return found
  }
}

function unusable(reason: string): TestbenchResult {
  return { outcome: 'unusable', reason }
}
