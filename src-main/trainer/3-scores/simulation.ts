/** Event-driven simulation of designs, with the native tools of this machine. */
import { Failure } from '#contract/failure'
import { isReferenced, type ReferencedTask, type Task } from '#contract/task'
import type { Simulation } from './scorer.ts'
import { judgeByHarness, prepareHarness, type Playbook } from './testbench/harness.ts'
import { judgeByOwnTestbench } from './testbench/own-testbench.ts'
import type { TestbenchResult } from './testbench/result.ts'
import { findTools } from './tools/find-tools.ts'
import { toolFoldersOf, type Runner } from './tools/sandbox.ts'
import { ToolHost } from './tools/tool-host.ts'

/** References whose answers are kept; least recently used ones go. */
const MAX_PLAYBOOKS = 512

/** Throws Failure tool.missing: without the sandbox no native simulator runs. Start it before anything large is loaded. */
export async function startSimulation(environment: NodeJS.ProcessEnv): Promise<Simulation> {
  const { iverilog, vvp, bwrap } = await findTools(environment)
  if (iverilog === null || vvp === null) throw missing('Icarus Verilog (iverilog, vvp)', 'iverilog')
  if (bwrap === null) throw missing('Bubblewrap (bwrap), the sandbox of native tools,', 'bubblewrap')
  const host = new ToolHost(bwrap.path, toolFoldersOf([iverilog.path, vvp.path]))
  return new IcarusSimulation(host, { iverilog: iverilog.version, bwrap: bwrap.version }, () => host.close())
}

function missing(tool: string, name: string): Failure {
  const remedy = `Install it (Debian: apt install ${name}), or choose the judge "netlist", which needs nothing.`
  return new Failure('tool.missing', { tool, remedy })
}

export class IcarusSimulation implements Simulation {
  readonly tools: Readonly<Record<string, string>>
  readonly close: () => Promise<void>
  readonly #runner: Runner
  readonly #playbooks = new Map<string, Promise<Playbook>>()

  constructor(runner: Runner, tools: Readonly<Record<string, string>>, close: () => Promise<void>) {
    this.#runner = runner
    this.tools = tools
    this.close = close
  }

  /** The task's own testbench where it has one, else our harness. A tool that fails on the reference is a limit, not a fault of the design. */
  async judge(code: string, task: Task, stimulusSeed: number): Promise<TestbenchResult> {
    if (task.testbench !== undefined) return judgeByOwnTestbench(this.#runner, code, task.testbench)
    if (!isReferenced(task)) return { outcome: 'tool-limit', reason: 'the task has neither a reference nor a testbench' }
    let playbook: Playbook
    try {
      playbook = await this.#playbookOf(task, stimulusSeed)
    } catch (error) {
      return { outcome: 'tool-limit', reason: error instanceof Error ? error.message : String(error) }
    }
    return judgeByHarness(this.#runner, code, playbook)
  }

  #playbookOf(task: ReferencedTask, seed: number): Promise<Playbook> {
    const key = `${seed}\n${task.id}\n${task.reference}`
    const found = this.#playbooks.get(key) ?? prepareHarness(this.#runner, task, seed)
    this.#playbooks.delete(key)
    this.#playbooks.set(key, found)
    if (this.#playbooks.size > MAX_PLAYBOOKS) this.#playbooks.delete(this.#playbooks.keys().next().value!)
    return found
  }
}
