/** All families: 28 that every split shows, four that only the test split shows. */
import type { Family } from '../design.ts'
import { ARITHMETIC } from './arithmetic.ts'
import { BITS } from './bits.ts'
import { COUNTERS } from './counters.ts'
import { DETECTORS } from './detectors.ts'
import { LOGIC } from './logic.ts'
import { REGISTERS } from './registers.ts'
import { UNSEEN } from './unseen.ts'

export const FAMILIES: readonly Family[] = [...LOGIC, ...ARITHMETIC, ...BITS, ...REGISTERS, ...COUNTERS, ...DETECTORS, ...UNSEEN]

export const SEEN_FAMILIES = FAMILIES.filter(({ isUnseen }) => !isUnseen)
