/** RTLLM: a folder a design with `design_description.txt`, `testbench.v`, `verified_<name>.v`, and files that the testbench reads. */
import { posix } from 'node:path'
import { identifier, renamedTo, type Draft } from '../draft.ts'
import { RowProblem } from '../problem.ts'
import { textOf, type SourceFile } from '../sources/source.ts'
import { moduleUnderTest, ownTestbench, type TestbenchPart } from '../testbench.ts'
import type { FileLayout, Place } from './layout.ts'

const DESCRIPTION = 'design_description.txt'

export const rtllm: FileLayout = {
  name: 'RTLLM',
  places: (files) => {
    const byFolder = Map.groupBy(files, ({ path }) => posix.dirname(path))
    const found = files.filter(({ path }) => posix.basename(path) === DESCRIPTION)
    return found.map((description): Place => ({
      file: description.path,
      row: 0,
      read: () => draftOf(description, byFolder.get(posix.dirname(description.path)) ?? []),
    }))
  },
}

async function draftOf(description: SourceFile, folder: readonly SourceFile[]): Promise<Draft> {
  const path = posix.dirname(description.path)
  const nameOf = (file: SourceFile): string => posix.basename(file.path)
  const bench = folder.find((file) => /^testbench\.s?v$/.test(nameOf(file)))
  const verified = folder.find((file) => /^verified_.*\.s?v$/.test(nameOf(file)))
  if (bench === undefined)
    throw new RowProblem('testbench', `There is no testbench.v in ${path}.`, 'Add it, or leave the folder out.')
  const instruction = await textOf(description)
  const text = await textOf(bench)
  const moduleName = moduleUnderTest([text]) ?? statedName(instruction) ?? posix.basename(path)
  const sides = folder.filter((file) => /\.(dat|txt|hex|mem|csv)$/i.test(nameOf(file)) && file !== description)
  const parts: TestbenchPart[] = [{ name: nameOf(bench), text, isSource: true }]
  for (const side of sides) parts.push({ name: nameOf(side), text: await textOf(side), isSource: false })
  // The folder that was opened may be the design's own, and has no name then.
  const design = path === '.' ? moduleName : posix.basename(path)
  return {
    id: identifier(design),
    family: posix.dirname(path) === '.' ? 'rtllm' : posix.dirname(path).split('/').slice(-2).join('/'),
    difficulty: 3,
    instruction,
    moduleName,
    reference: verified === undefined ? null : renamedTo(moduleName, await textOf(verified)),
    testbench: ownTestbench(parts, moduleName, { rule: 'design-passed' }),
    split: null,
    group: design,
  }
}

function statedName(description: string): string | null {
  return /module name\s*:\s*\n?\s*([A-Za-z_]\w*)/i.exec(description)?.[1] ?? null
}
