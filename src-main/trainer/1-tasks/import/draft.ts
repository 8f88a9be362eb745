/** A task as a layout gives it: what it does not say is filled in here, alike for all layouts. */
import type { Split } from '#contract/splits'
import { taskSchema, type OwnTestbench, type Task } from '#contract/task'
import { modulesOf, type SourceModule } from '../../verilog/modules.ts'
import { withNamesReplaced } from '../../verilog/tokens.ts'
import { statedInterface } from './interface.ts'
import { RowProblem } from './problem.ts'

export interface Draft {
  readonly id: string
  readonly family: string
  readonly difficulty: number
  /** The data set's own words. */
  readonly instruction: string
  readonly moduleName: string
  readonly reference: string | null
  readonly testbench: OwnTestbench | null
  /** What the data set says; null lets the hash decide. */
  readonly split: Split | null
  /** Tasks of one problem stay in one split. */
  readonly group: string | null
  readonly parameters?: Task['parameters']
  /** What a person should know although the task is taken in. */
  readonly remarks?: readonly RowProblem[]
}

/** Throws RowProblem naming the field that keeps it from being a task. */
export function taskOf(draft: Draft, split: Split, origin: NonNullable<Task['origin']>): Task {
  const { id, family, difficulty, reference, testbench, moduleName } = draft
  const task = {
    schemaVersion: 1,
    id,
    split,
    family,
    parameters: draft.parameters ?? {},
    difficulty,
    instruction: statedInterface(draft.instruction.trim(), moduleName, reference),
    moduleName,
    ports: [],
    reference,
    stimulus: null,
    ...(testbench !== null && { testbench }),
    origin,
    trivialMatch: 0,
  }
  const parsed = taskSchema.safeParse(task)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new RowProblem(issue.path.join('.') || null, `It is not valid: ${issue.message}.`, 'Correct that field.')
}

/** Modules that no other of them instantiates. */
export function topsOf(modules: readonly SourceModule[]): string[] {
  const used = new Set(modules.flatMap(({ instances }) => instances.map(({ module }) => module)))
  return modules.filter(({ name, isWhole }) => isWhole && !used.has(name)).map(({ name }) => name)
}

/** The reference with its top module under the name that the task asks for. Throws RowProblem when there is no module, or more than one top. */
export function renamedTo(moduleName: string, code: string): string {
  const modules = modulesOf(code).filter(({ isWhole }) => isWhole)
  if (modules.length === 0) throw new RowProblem('reference', 'The reference has no module.', 'Give a whole module.')
  if (modules.some(({ name }) => name === moduleName)) return code
  const tops = topsOf(modules)
  // Of several, the one that RTLLM marks so.
  const top = tops.length === 1 ? tops[0] : tops.find((name) => name.startsWith('verified_'))
  if (top === undefined) {
    const names = modules.map(({ name }) => name).join(', ')
    throw new RowProblem(
      'reference',
      `No module of the reference is ${moduleName} (it has ${names}).`,
      `Name its top module ${moduleName}.`,
    )
  }
  return withNamesReplaced(code, new Map([[top, moduleName]]))
}

/** Text inside the last fence that holds a module, else inside the last one, which may be open at the end; the text itself where there is none. */
export function unfenced(text: string): string {
  const fences = [...text.matchAll(/```[\w-]*[ \t]*\r?\n([\s\S]*?)(?:```|$)/g)].map(([, inside = '']) => inside.trim())
  if (fences.length < 2) return fences[0] ?? text.trim()
  return fences.findLast((inside) => modulesOf(inside).some(({ isWhole }) => isWhole)) ?? fences.at(-1)!
}

/** A name out of the words of a data set. */
export function identifier(text: string): string {
  return text.trim().replace(/[^\w.-]+/g, '-')
}
