/** How the five components are called and coloured on every screen. */
import { COMPONENTS, type Component } from '#contract/components'

export interface ComponentLook {
  readonly component: Component
  readonly title: string
  /** Heading of a narrow column. */
  readonly letter: string
}

export const COMPONENT_LOOKS: readonly ComponentLook[] = COMPONENTS.map((component) => ({
  component,
  title: component.charAt(0).toUpperCase() + component.slice(1),
  letter: component.charAt(0).toUpperCase(),
}))
