/** What the source itself shows, without any tool. */
import { assignmentsOf } from './assignments.ts'
import { incompleteCases } from './case-findings.ts'
import { declarationsOf } from './declarations.ts'
import type { Finding } from './finding.ts'
import { layoutFindings } from './layout-findings.ts'
import { moduleBodiesOf, type ModuleBody } from './module-bodies.ts'
import { oddNames, unreadNames } from './name-findings.ts'
import { initialBlocks, wrongAssignments } from './process-findings.ts'
import { readNames } from './read-names.ts'
import { widthsOf, wrongWidths } from './width-findings.ts'
import type { SourceModule } from '../../verilog/modules.ts'

/** In the order of the modules. Linear in the length of the code, for code that the guard lets pass. */
export function sourceFindings(code: string): Finding[] {
  const bodies = moduleBodiesOf(code)
  const modules = new Map(bodies.map(({ module }) => [module.name, module]))
  return [...bodies.flatMap((body) => bodyFindings(body, modules)), ...layoutFindings(code)]
}

function bodyFindings(body: ModuleBody, modules: ReadonlyMap<string, SourceModule>): Finding[] {
  const declarations = declarationsOf(body)
  const assignments = assignmentsOf(body)
  const widths = widthsOf(declarations)
  return [
    ...wrongAssignments(body, assignments, declarations),
    ...unreadNames(body, declarations, readNames(body, declarations, assignments, modules)),
    ...wrongWidths(body, assignments, widths),
    ...incompleteCases(body, widths),
    ...initialBlocks(body),
    ...oddNames(body, declarations),
  ]
}
