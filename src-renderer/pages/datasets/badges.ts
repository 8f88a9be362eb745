/** Badges of tasks as a sign and words. */
import type { Badge } from '#contract/badges'

export interface BadgeLook {
  readonly sign: string
  readonly word: string
  readonly tone: 'good' | 'bad' | 'soft'
  readonly meaning: string
}

export const BADGE_LOOKS: Readonly<Record<Badge, BadgeLook>> = {
  healthy: {
    sign: '✔',
    word: 'healthy',
    tone: 'good',
    meaning: 'Its reference passes its judge, and an empty module, constants and a forged verdict do not.',
  },
  'reference-fails': {
    sign: '✘',
    word: 'reference fails',
    tone: 'bad',
    meaning: 'Its own reference does not pass: nobody could learn it.',
  },
  'judge-fooled': {
    sign: '▲',
    word: 'judge fooled',
    tone: 'bad',
    meaning: 'A design that does nothing passes: a run would learn that.',
  },
  'not-run': { sign: '○', word: 'not run', tone: 'soft', meaning: 'It could not be tried here; the reason says why.' },
}

const UNTRIED: BadgeLook = { sign: '·', word: 'not checked', tone: 'soft', meaning: 'This data set was not checked here.' }

export function badgeLook(badge: Badge | null): BadgeLook {
  return badge === null ? UNTRIED : BADGE_LOOKS[badge]
}
