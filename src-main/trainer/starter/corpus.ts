/**
 * Endless supervised examples from the training combinations alone. Part of them is wrong on purpose, so that reinforcement learning finds
 * something to learn: systematic mistakes make a wrong answer the model's favourite, scattered ones only spread its guesses.
 */
import { hashSeed, createRandom, type Random } from '../math/random.ts'
import { brokenFormat, brokenSyntax } from './damage.ts'
import type { Design, Family, Parameters } from './design.ts'
import { SEEN_FAMILIES } from './families/families.ts'
import { instructions } from './instructions.ts'
import { makeMistake, mistakesIn } from './mistakes.ts'
import { CANONICAL, CODE_STYLES, render } from './render.ts'
import { combinationsIn } from './splits.ts'
import { falsified, trueStatements } from './statements.ts'

export interface CorpusKnobs {
  /** Share of examples of a family in SYSTEMATIC_MISTAKES that make its mistake, 0..1. */
  readonly systematicShare: number
  /** Share of examples with any one mistake. */
  readonly scatteredShare: number
  /** Share of examples with damaged syntax. */
  readonly syntaxShare: number
  /** Share of examples with a broken answer format. */
  readonly formatShare: number
  /** Share of examples with one false statement. */
  readonly falseStatementShare: number
  /** Share of examples that leave out one or two statements. */
  readonly missingStatementShare: number
  /** Share of examples in the canonical code style; the rest is spread over all styles. */
  readonly canonicalShare: number
  /** Families drawn more often than the others, which count 1. */
  readonly familyWeights: Readonly<Record<string, number>>
}

export const CORPUS_KNOBS: CorpusKnobs = {
  systematicShare: 0.55,
  scatteredShare: 0.12,
  syntaxShare: 0.13,
  formatShare: 0.01,
  falseStatementShare: 0.08,
  missingStatementShare: 0.15,
  canonicalShare: 0.6,
  familyWeights: { alu: 2, expr: 2, encoder: 1.5, popcount: 1.5, rotate: 1.5, seqdet: 1.5, gray: 1.5, loadcounter: 1.5 },
}

/** The one mistake that the corpus teaches about each of these families; the other families have none. */
export const SYSTEMATIC_MISTAKES: Readonly<Record<string, string>> = {
  mux: 'swapped operands',
  decoder: 'inverted',
  addsub: 'swapped choices',
  compare: 'swapped operands',
  minmax: 'swapped choices',
  popcount: 'wrong bit',
  rotate: 'swapped parts',
  register: 'reset kind',
  toggle: 'reset polarity',
  accumulator: 'first operator',
  shiftreg: 'swapped parts',
  delay: 'wrong bit',
  modcounter: 'one too many',
  loadcounter: 'inverted enable',
  divider: 'one too many',
  seqdet: 'reversed pattern',
}

export type ExampleKind = 'clean' | 'systematic' | 'scattered' | 'syntax' | 'format'

export interface Example {
  readonly family: Family
  readonly parameters: Parameters
  readonly kind: ExampleKind
  readonly instruction: string
  /** Without the end token. */
  readonly completion: string
}

const TRAINING_COMBINATIONS = new Map(SEEN_FAMILIES.map((family) => [family.name, combinationsIn(family, 'train')]))

/** Example number `index` of the corpus with this seed; any example can be made without those before it. */
export function corpusExample(seed: number, index: number, knobs: CorpusKnobs): Example {
  const random = createRandom(hashSeed('starter corpus', seed, index))
  const family = drawFamily(random, knobs)
  const parameters = random.pick(TRAINING_COMBINATIONS.get(family.name)!)
  const design = family.design(parameters)
  const { kind, written } = drawNoise(random, family, design, knobs)
  const style = random.next() < knobs.canonicalShare ? CANONICAL : random.pick(CODE_STYLES)
  const code = render(written, style)
  const statements = drawStatements(random, design, knobs)
  const completion = answer(statements, kind === 'syntax' ? brokenSyntax(code, random) : code)
  return {
    family,
    parameters,
    kind,
    instruction: random.pick(instructions(design)),
    completion: kind === 'format' ? brokenFormat(completion, random) : completion,
  }
}

/** A whole answer as the starter gives it. */
export function answer(statements: readonly string[], code: string): string {
  return `<reason>\n${statements.map((statement) => `${statement}\n`).join('')}</reason>\n\`\`\`verilog\n${code}\n\`\`\``
}

function drawFamily(random: Random, { familyWeights }: CorpusKnobs): Family {
  const weightOf = ({ name }: Family): number => familyWeights[name] ?? 1
  let place = random.next() * SEEN_FAMILIES.reduce((sum, family) => sum + weightOf(family), 0)
  return SEEN_FAMILIES.find((family) => (place -= weightOf(family)) < 0) ?? SEEN_FAMILIES.at(-1)!
}

/** The kind of the example and the design that its code writes down. Statements stay those of the design that was asked for. */
function drawNoise(random: Random, family: Family, design: Design, knobs: CorpusKnobs): { kind: ExampleKind; written: Design } {
  const place = random.next()
  if (place < knobs.formatShare) return { kind: 'format', written: design }
  if (place < knobs.formatShare + knobs.syntaxShare) return { kind: 'syntax', written: design }
  const systematic = SYSTEMATIC_MISTAKES[family.name]
  if (systematic !== undefined && random.next() < knobs.systematicShare) {
    const written = makeMistake(design, systematic)
    if (written !== null) return { kind: 'systematic', written }
  }
  if (random.next() < knobs.scatteredShare) return { kind: 'scattered', written: random.pick(mistakesIn(design)).design }
  return { kind: 'clean', written: design }
}

function drawStatements(random: Random, design: Design, knobs: CorpusKnobs): string[] {
  let statements = trueStatements(design)
  if (random.next() < knobs.missingStatementShare) {
    const dropped = new Set([random.below(statements.length), random.below(statements.length)])
    statements = statements.filter((_, i) => !dropped.has(i))
  }
  if (random.next() < knobs.falseStatementShare) {
    const place = random.below(statements.length)
    const changed = falsified(statements[place]!)
    if (changed !== null) statements = statements.with(place, changed)
  }
  return statements
}
