/** Families -> the starter task set. The same seed gives the same tasks. */
import { SPLITS, type Split } from '#contract/splits'
import type { ReferencedTask } from '#contract/task'
import { createRandom, hashSeed } from '../math/random.ts'
import type { Family, Parameters } from './design.ts'
import { FAMILIES } from './families/families.ts'
import { instructions } from './instructions.ts'
import { render } from './render.ts'
import { combinationsIn } from './splits.ts'
import { stimulusOf } from './stimulus.ts'

/** At most so many tasks of a family in a split. */
export interface TaskCounts {
  readonly train: number
  readonly validation: number
  readonly test: number
  /** Of a family that only the test split shows. */
  readonly unseen: number
}

export const TASK_COUNTS: TaskCounts = { train: 30, validation: 7, test: 8, unseen: 12 }

/** All tasks but for their trivialMatch, which is 0 until it is measured: by split, then family. */
export function draftTasks(seed: number, counts: TaskCounts = TASK_COUNTS): ReferencedTask[] {
  return SPLITS.flatMap((split) => FAMILIES.flatMap((family) => tasksOf(family, split, seed, counts)))
}

function tasksOf(family: Family, split: Split, seed: number, counts: TaskCounts): ReferencedTask[] {
  const random = createRandom(hashSeed('starter tasks', seed, family.name, split))
  const count = family.isUnseen ? counts.unseen : counts[split]
  const chosen = new Set(random.shuffled(combinationsIn(family, split)).slice(0, count))
  // In the order of the enumeration, so that a reader sees the parameters change.
  return family.combinations
    .filter((parameters) => chosen.has(parameters))
    .map((parameters) => draftTask(family, parameters, split, seed))
}

/** The task of one combination; its trivialMatch is not measured yet. */
export function draftTask(family: Family, parameters: Parameters, split: Split, seed: number): ReferencedTask {
  const design = family.design(parameters)
  const id = `${family.name}-${String(family.combinations.indexOf(parameters) + 1).padStart(3, '0')}`
  return {
    schemaVersion: 1,
    id,
    split,
    family: family.name,
    parameters,
    difficulty: family.difficulty(parameters),
    instruction: createRandom(hashSeed('starter instruction', seed, id)).pick(instructions(design)),
    moduleName: design.moduleName,
    ports: [...design.ports],
    reference: render(design),
    stimulus: stimulusOf(design),
    trivialMatch: 0,
  }
}

/** The design that a task of ours was drawn from. */
export function designOf(task: ReferencedTask): ReturnType<Family['design']> {
  const family = FAMILIES.find(({ name }) => name === task.family)
  if (family === undefined) throw new Error(`there is no family ${task.family}`)
  return family.design(task.parameters)
}
