/** Names that nobody reads, and names that are spelt as no one else spells them. */
import type { Declaration } from './declarations.ts'
import type { Finding } from './finding.ts'
import type { ModuleBody } from './module-bodies.ts'

export function unreadNames(body: ModuleBody, declarations: readonly Declaration[], read: ReadonlySet<string>): Finding[] {
  const unread = firstOfEach(declarations).filter(
    // As Verilator has it, a name may say that it is unused.
    ({ name, kind, isLocal }) => !isLocal && isJudged(kind) && !read.has(name) && !/unused/i.test(name),
  )
  return unread.map(({ name, kind, at }) => {
    const line = body.lineOf(at)
    if (kind === 'parameter') return { class: 'UNUSEDPARAM', name, line, message: `parameter ${name} is never used` }
    if (kind !== 'input') return { class: 'UNUSEDSIGNAL', name, line, message: `${name} is never read` }
    return body.isTop
      ? { class: 'UNUSED-INPUT', name, line, message: `input ${name} of the design is never read` }
      : { class: 'UNUSEDSIGNAL', name, line, message: `input ${name} of ${body.module.name} is never read` }
  })
}

function isJudged(kind: Declaration['kind']): boolean {
  return kind === 'input' || kind === 'signal' || kind === 'integer' || kind === 'parameter'
}

/** lower_snake_case; constants may be in CAPITALS. The task has named the ports of the design. */
export function oddNames(body: ModuleBody, declarations: readonly Declaration[]): Finding[] {
  const isGiven = ({ kind }: Declaration): boolean => body.isTop && ['input', 'output', 'inout'].includes(kind)
  const given = new Set(declarations.filter(isGiven).map(({ name }) => name))
  const odd = firstOfEach(declarations).filter(
    ({ name }) => !given.has(name) && !/^([a-z_][a-z0-9_]*|[A-Z][A-Z0-9_]*)$/.test(name),
  )
  return odd.map(({ name, at }) => ({
    class: 'NAMING',
    name,
    line: body.lineOf(at),
    message: `${name} is not in lower_snake_case`,
  }))
}

function firstOfEach(declarations: readonly Declaration[]): Declaration[] {
  const seen = new Set<string>()
  // A direction is told once, wherever the type of the same name stands.
  const ordered = [...declarations].sort((a, b) => Number(a.kind === 'signal') - Number(b.kind === 'signal'))
  return ordered.filter(({ name }) => !seen.has(name) && seen.add(name))
}
