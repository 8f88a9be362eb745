/** What the self-test says of a task. Without a schema library: the page reads this file. */
export const BADGES = [
  /** Its reference passes its judge, and nothing that must fail passes. */
  'healthy',
  /** The reason holds the tool's words. */
  'reference-fails',
  'judge-fooled',
  /** The reason says why. */
  'not-run',
] as const
export type Badge = (typeof BADGES)[number]
