/** Blocking and non-blocking assignments in the wrong kind of block: simulation and hardware may differ. */
import type { Assignment } from './assignments.ts'
import type { Declaration } from './declarations.ts'
import type { Finding } from './finding.ts'
import type { ModuleBody } from './module-bodies.ts'

export function wrongAssignments(
  body: ModuleBody,
  assignments: readonly Assignment[],
  declarations: readonly Declaration[],
): Finding[] {
  const declaredAt = new Set(declarations.map(({ at }) => at))
  // Indices of loops are no registers.
  const indices = new Set(declarations.filter(({ kind }) => kind === 'integer' || kind === 'genvar').map(({ name }) => name))
  return assignments.flatMap((assignment): Finding[] => {
    const { at, targetAt, operator, process, whole, isLoopHead } = assignment
    if (isLoopHead || declaredAt.has(targetAt) || (whole !== null && indices.has(whole))) return []
    const line = body.lineOf(at)
    if (process === 'clocked' && operator === '=') {
      return [{ class: 'BLKSEQ', name: whole, line, message: 'a blocking assignment in a clocked block' }]
    }
    if (process === 'combinational' && operator === '<=') {
      return [{ class: 'COMBDLY', name: whole, line, message: 'a non-blocking assignment in a combinational block' }]
    }
    return []
  })
}

export function initialBlocks(body: ModuleBody): Finding[] {
  const at = body.tokens.findIndex(({ kind, text }) => kind === 'word' && text === 'initial')
  const message = 'an initial block, which not every target synthesises'
  return at < 0 ? [] : [{ class: 'INITIAL-BLOCK', name: null, line: body.lineOf(at), message }]
}
