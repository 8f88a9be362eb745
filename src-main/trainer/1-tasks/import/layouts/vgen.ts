/** VGen, and sets made like it: a folder a problem with prompts of three levels, an answer and a testbench. Each prompt is a task. */
import { posix } from 'node:path'
import { identifier, renamedTo, type Draft } from '../draft.ts'
import { RowProblem } from '../problem.ts'
import { textOf, type SourceFile } from '../sources/source.ts'
import { moduleUnderTest, ownTestbench } from '../testbench.ts'
import { modulesOf } from '../../../verilog/modules.ts'
import type { FileLayout, Place } from './layout.ts'

const PROMPT = /^prompt([123])_(.*)\.s?v$/
const BENCH = /^tb_.*\.s?v$/
const TRIAL = /^test-example\.s?v$/

/** By the name of the folder; the prompt's level, from terse to detailed, makes it one easier or harder. */
const LEVELS: Readonly<Record<string, number>> = { basic: 1, gettingstarted: 1, intermediate: 3, advanced: 4 }

export const vgen: FileLayout = {
  name: 'VGen',
  places: (files) => {
    const folders = Map.groupBy(files, ({ path }) => posix.dirname(path))
    return [...folders].flatMap(([path, folder]) => {
      const prompts = folder.filter((file) => PROMPT.test(posix.basename(file.path)))
      return prompts.map((prompt): Place => ({ file: prompt.path, row: 0, read: () => draftOf(prompt, path, folder) }))
    })
  },
}

async function draftOf(prompt: SourceFile, path: string, folder: readonly SourceFile[]): Promise<Draft> {
  const [, level = '3', slug = ''] = PROMPT.exec(posix.basename(prompt.path))!
  const bench = folder.find((file) => BENCH.test(posix.basename(file.path)))
  if (bench === undefined) throw new RowProblem('testbench', `There is no tb_….v in ${path}.`, 'Add it, or leave the folder out.')
  const [words, test, answer] = [await textOf(prompt), await textOf(bench), answerIn(folder, slug)]
  const solution = answer === undefined ? null : await textOf(answer)
  const reference = solution === null ? null : modulesOf(solution).length > 0 ? solution : `${words.trimEnd()}\n${solution}`
  const named = modulesOf(words)[0]?.name ?? (reference === null ? undefined : modulesOf(reference)[0]?.name)
  const moduleName = moduleUnderTest([test]) ?? named ?? identifier(posix.basename(path))
  // The folder that was opened may be the problem's own, and has no name then.
  const problem = path === '.' ? slug : posix.basename(path)
  return {
    id: `${identifier(problem)}/prompt${level}`,
    family: problem.replace(/\d+$/, '') || problem,
    parameters: { promptLevel: Number(level) },
    difficulty: difficultyOf(problem, Number(level)),
    instruction: `Complete this module:\n\n${words.trim()}`,
    moduleName,
    reference: reference === null ? null : renamedTo(moduleName, reference),
    testbench: ownTestbench([{ name: posix.basename(bench.path), text: test, isSource: true }], moduleName),
    split: null,
    group: problem,
  }
}

/** `answer_….v`, else `<slug>.v`, else the one source that is neither prompt, testbench nor somebody's trial. */
function answerIn(folder: readonly SourceFile[], slug: string): SourceFile | undefined {
  const sources = folder.filter(
    ({ path }) => /\.s?v$/.test(path) && ![PROMPT, BENCH, TRIAL].some((part) => part.test(posix.basename(path))),
  )
  const nameOf = ({ path }: SourceFile): string => posix.basename(path).replace(/\.s?v$/, '')
  const named = sources.find((file) => nameOf(file).startsWith('answer')) ?? sources.find((file) => nameOf(file) === slug)
  return named ?? (sources.length === 1 ? sources[0] : undefined)
}

function difficultyOf(problem: string, promptLevel: number): number {
  const base = LEVELS[problem.replace(/\d+$/, '')] ?? 2
  return Math.min(5, Math.max(1, base + (promptLevel === 1 ? 1 : 0)))
}
