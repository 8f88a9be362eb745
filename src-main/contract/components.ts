/** The five components of the reward. They stand apart from the schemas, so that screens can name them without carrying a validator. */
export const COMPONENTS = ['compilation', 'functional', 'synthesis', 'reasoning', 'quality'] as const
export type Component = (typeof COMPONENTS)[number]
