/** VerilogEval v2: `Prob001_zero_prompt.txt`, `…_ref.sv`, `…_test.sv`, and with code completion `…_ifc.txt`. */
import { posix } from 'node:path'
import { identifier, renamedTo, type Draft } from '../draft.ts'
import { RowProblem } from '../problem.ts'
import { textOf, type SourceFile } from '../sources/source.ts'
import { moduleUnderTest, ownTestbench } from '../testbench.ts'
import type { FileLayout, Place } from './layout.ts'

const DESIGN = 'TopModule'
const PART = /_(prompt\.txt|ref\.sv|test\.sv)$/

export const verilogEvalV2: FileLayout = {
  name: 'VerilogEval v2',
  places: (files) => {
    const byPath = new Map(files.map((file) => [file.path, file]))
    const parts = Map.groupBy(
      files.filter(({ path }) => PART.test(path)),
      ({ path }) => path.replace(PART, ''),
    )
    const isWhole = ([stem]: [string, unknown]): boolean =>
      byPath.has(`${stem}_prompt.txt`) && (byPath.has(`${stem}_ref.sv`) || byPath.has(`${stem}_test.sv`))
    const folders = new Set([...parts].filter(isWhole).map(([stem]) => posix.dirname(stem)))
    // Parts without the others count where the others of their folder are whole.
    return [...parts].flatMap(([stem, [part]]): Place[] => {
      if (!folders.has(posix.dirname(stem))) return []
      const prompt = byPath.get(`${stem}_prompt.txt`)
      return [{ file: (prompt ?? part!).path, row: 0, read: () => draftOf(stem, byPath) }]
    })
  },
}

async function draftOf(stem: string, byPath: ReadonlyMap<string, SourceFile>): Promise<Draft> {
  const textAt = async (end: string): Promise<string | null> => {
    const file = byPath.get(stem + end)
    return file === undefined ? null : textOf(file)
  }
  const [instruction, reference, test, header] = [
    await textAt('_prompt.txt'),
    await textAt('_ref.sv'),
    await textAt('_test.sv'),
    await textAt('_ifc.txt'),
  ]
  if (instruction === null) throw missing('prompt', `${posix.basename(stem)}_prompt.txt`)
  if (test === null) throw missing('test', `${posix.basename(stem)}_test.sv`)
  const design = moduleUnderTest([test, reference ?? '']) ?? DESIGN
  const parts = [
    { name: `${posix.basename(stem)}_test.sv`, text: test, isSource: true },
    ...(reference === null ? [] : [{ name: `${posix.basename(stem)}_ref.sv`, text: reference, isSource: true }]),
  ]
  return {
    id: posix.join(subsetOf(stem), posix.basename(stem)),
    family: 'verilog-eval-v2',
    difficulty: 3,
    instruction:
      header === null || instruction.includes(header.trim()) ? instruction : `${instruction.trim()}\n\n${header.trim()}`,
    moduleName: design,
    reference: reference === null ? null : renamedTo(design, reference),
    testbench: ownTestbench(parts, design, { rule: 'mismatch-count' }),
    split: null,
    group: problemName(posix.basename(stem)),
  }
}

/** `Prob150_review2015_fsmonehot` -> `review2015_fsmonehot`, as v1 calls the same problem. */
export function problemName(id: string): string {
  return id.replace(/^Prob\d+_/, '')
}

function missing(field: string, file: string): RowProblem {
  return new RowProblem(field, `There is no ${file} beside it.`, 'Add it, or leave the task out.')
}

/** The name of the folder, which is the same wherever the set lies. */
function subsetOf(stem: string): string {
  const folder = posix.basename(posix.dirname(stem))
  return folder === '.' ? '' : identifier(folder.replace(/^dataset_/, ''))
}
