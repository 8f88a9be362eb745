/** Where a run wrote completions: in its evaluations on validation tasks, or in the steps of its training. */
export const COMPLETION_SOURCES = ['evaluation', 'training'] as const
export type CompletionSource = (typeof COMPLETION_SOURCES)[number]
