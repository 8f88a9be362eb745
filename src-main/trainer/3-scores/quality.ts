/**
 * Quality of a design that compiles: 1 minus named deductions for what tools and the source itself show, each class of finding with a
 * limit of its own. Never below 0. It says nothing about function: that is weighed elsewhere.
 */
import { costOf } from './quality/classes.ts'
import { distinctFindings, type Finding } from './quality/finding.ts'
import { sourceFindings } from './quality/source-findings.ts'

export interface Deduction {
  /** Verilator's name of the kind of finding, or ours where it has none. */
  readonly class: string
  readonly reason: string
  /** 0..1. */
  readonly amount: number
}

/** `findings`: of tools; what the source shows is found here. What several of them find is deducted once. */
export function qualityDeductions(code: string, findings: readonly Finding[]): Deduction[] {
  const spent = new Map<string, number>()
  return distinctFindings([...sourceFindings(code), ...findings]).flatMap((finding): Deduction[] => {
    const { each, most } = costOf(finding.class)
    const count = spent.get(finding.class) ?? 0
    if (count >= Math.round(most / each)) return []
    spent.set(finding.class, count + 1)
    return [{ class: finding.class, reason: sentenceOf(finding), amount: each }]
  })
}

/** 0..1. */
export function qualityValue(deductions: readonly Deduction[]): number {
  return Math.max(0, 1 - deductions.reduce((sum, { amount }) => sum + amount, 0))
}

function sentenceOf({ message, line }: Finding): string {
  return line === null || message.startsWith('line ') ? message : `line ${line}: ${message}`
}
