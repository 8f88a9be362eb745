/** What each class of finding costs. The classes bear Verilator's names, so that its manual explains them. */

export interface Cost {
  /** Deducted for each finding, 0..1. */
  readonly each: number
  /** Deducted at most for all findings of the class. */
  readonly most: number
}

/** Hardware that does not do what it says weighs most, looks least. */
const COSTS: Readonly<Record<string, Cost>> = {
  MULTIDRIVEN: { each: 0.3, most: 0.6 },
  LATCH: { each: 0.3, most: 0.6 },
  UNOPTFLAT: { each: 0.3, most: 0.6 },
  UNDRIVEN: { each: 0.2, most: 0.4 },
  BLKANDNBLK: { each: 0.2, most: 0.2 },
  BLKSEQ: { each: 0.2, most: 0.4 },
  COMBDLY: { each: 0.2, most: 0.4 },
  SELRANGE: { each: 0.2, most: 0.4 },
  // Whoever leaves an input unread saves logic: that must not pay.
  'UNUSED-INPUT': { each: 0.2, most: 0.6 },
  UNUSEDSIGNAL: { each: 0.1, most: 0.3 },
  WIDTHTRUNC: { each: 0.1, most: 0.3 },
  IMPLICIT: { each: 0.1, most: 0.3 },
  CASEINCOMPLETE: { each: 0.1, most: 0.2 },
  PINMISSING: { each: 0.1, most: 0.2 },
  'INITIAL-BLOCK': { each: 0.1, most: 0.1 },
  WIDTHEXPAND: { each: 0.05, most: 0.2 },
  UNUSEDPARAM: { each: 0.05, most: 0.1 },
  NAMING: { each: 0.05, most: 0.2 },
  'LINE-LENGTH': { each: 0.05, most: 0.2 },
  'MIXED-INDENT': { each: 0.05, most: 0.05 },
}
/** Classes that tools have and we give no weight of their own. */
const OTHER: Cost = { each: 0.05, most: 0.1 }

export function costOf(kind: string): Cost {
  return Object.hasOwn(COSTS, kind) ? COSTS[kind]! : OTHER
}
