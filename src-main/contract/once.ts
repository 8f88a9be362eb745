/**
 * What a page calls an act by, so that the same act may be asked for again where an answer did not come: it is done once, and the second answer is
 * the first. A run and an experiment that were made by one carry it at the end of their id, where whoever comes later finds it.
 */
import { z } from 'zod'

export const onceSchema = z.string().regex(/^[0-9a-f]{8}$/)
