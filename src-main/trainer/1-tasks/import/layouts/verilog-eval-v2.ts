/** VerilogEval v2: `Prob001_zero_prompt.txt`, `…_ref.sv`, `…_test.sv`, and with code completion `…_ifc.txt`. */
import { posix } from 'node:path'
import { renamedTo, type Draft } from '../draft.ts'
import { RowProblem } from '../problem.ts'
import { textOf, type SourceFile } from '../sources/source.ts'
import { moduleUnderTest, ownTestbench } from '../testbench.ts'
import type { FileLayout, Place } from './layout.ts'

const DESIGN = 'TopModule'
/** Left over in the published tree. */
const STRAY = /(^|\/)(problems-temp\.txt|Prob062_bugs_mux2\.sv)$/

export const verilogEvalV2: FileLayout = {
  name: 'VerilogEval v2',
  places: (files) => {
    const byPath = new Map(files.map((file) => [file.path, file]))
    const prompts = files.filter(({ path }) => path.endsWith('_prompt.txt') && !STRAY.test(path))
    const found = prompts.filter(({ path }) => ['_ref.sv', '_test.sv'].some((end) => byPath.has(stemOf(path) + end)))
    return found.map((prompt): Place => ({ file: prompt.path, row: 0, read: () => draftOf(prompt, byPath) }))
  },
}

function stemOf(path: string): string {
  return path.slice(0, -'_prompt.txt'.length)
}

async function draftOf(prompt: SourceFile, byPath: ReadonlyMap<string, SourceFile>): Promise<Draft> {
  const stem = stemOf(prompt.path)
  const textAt = async (end: string): Promise<string | null> => {
    const file = byPath.get(stem + end)
    return file === undefined ? null : textOf(file)
  }
  const [instruction, reference, test, header] = [
    await textOf(prompt),
    await textAt('_ref.sv'),
    await textAt('_test.sv'),
    await textAt('_ifc.txt'),
  ]
  if (test === null) {
    throw new RowProblem(
      'test',
      `There is no ${posix.basename(stem)}_test.sv beside it.`,
      'Add the testbench, or leave the task out.',
    )
  }
  const design = moduleUnderTest([test, reference ?? '']) ?? DESIGN
  const parts = [
    { name: `${posix.basename(stem)}_test.sv`, text: test, isSource: true },
    ...(reference === null ? [] : [{ name: `${posix.basename(stem)}_ref.sv`, text: reference, isSource: true }]),
  ]
  return {
    id: posix.join(posix.dirname(prompt.path), posix.basename(stem)).replace(/^dataset_/, ''),
    family: 'verilog-eval-v2',
    difficulty: 3,
    instruction:
      header === null || instruction.includes(header.trim()) ? instruction : `${instruction.trim()}\n\n${header.trim()}`,
    moduleName: design,
    reference: reference === null ? null : renamedTo(design, reference),
    testbench: ownTestbench(parts, design, { rule: 'mismatch-count' }),
    split: null,
    group: posix.basename(stem),
  }
}
