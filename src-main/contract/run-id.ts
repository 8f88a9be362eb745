import { z } from 'zod'

/** Names a folder inside `runs`: whatever could lead out of it is refused. */
export const runId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/)
