/** Names that belong to the testbench that came with a task: no design may take or use them. */
import type { OwnTestbench } from '#contract/task'
import { isKeyword } from '../../verilog/keywords.ts'
import { modulesOf } from '../../verilog/modules.ts'
import { meaningfulTokens } from '../../verilog/tokens.ts'

export interface TestbenchNames {
  /** Modules that it declares or looks for. */
  readonly modules: readonly string[]
  /** Modules and instances: what a hierarchical name could begin with. */
  readonly scopes: readonly string[]
  /** Variables and nets outside of any module, which every module sees by their plain name. */
  readonly globals: readonly string[]
}

export const NO_NAMES: TestbenchNames = { modules: [], scopes: [], globals: [] }

const known = new WeakMap<OwnTestbench, TestbenchNames>()

export function testbenchNames(testbench: OwnTestbench): TestbenchNames {
  const found = known.get(testbench) ?? readNames(testbench)
  known.set(testbench, found)
  return found
}

function readNames({ files }: OwnTestbench): TestbenchNames {
  const texts = files.filter(({ isSource }) => isSource).map(({ text }) => text)
  const modules = texts.flatMap((text) => modulesOf(text))
  const instances = modules.flatMap((module) => module.instances)
  const declared = modules.map(({ name }) => name)
  return {
    modules: [...declared, ...instances.map(({ module }) => module)],
    scopes: [...declared, ...instances.map(({ name }) => name)],
    globals: texts.flatMap(globalsOf),
  }
}

/** Declared between modules: a name before `;`, `,`, `=` or a range, not within braces, where the names of an enumeration stand. */
function globalsOf(text: string): string[] {
  const names: string[] = []
  let [isInside, depth] = [false, 0]
  const tokens = meaningfulTokens(text)
  tokens.forEach((token, i) => {
    if (token.text === 'module') isInside = true
    if (token.text === 'endmodule') isInside = false
    if (token.text === '{') depth++
    if (token.text === '}') depth--
    if (isInside || depth > 0 || token.kind !== 'word' || isKeyword(token.text)) return
    if ([';', ',', '=', '['].includes(tokens[i + 1]?.text ?? '')) names.push(token.text)
  })
  return names
}
