/** How a person wants the charts of a run drawn. */
export const SMOOTHINGS = ['off', 'some', 'strong'] as const
export const AXES = ['step', 'tokens', 'time'] as const

export interface ChartOptions {
  readonly smoothing: (typeof SMOOTHINGS)[number]
  /** KL and loss by their logarithm, where they have one. */
  readonly isLogarithmic: boolean
  /** What lies along the charts. */
  readonly axis: (typeof AXES)[number]
}

export const FIRST_OPTIONS: ChartOptions = { smoothing: 'some', isLogarithmic: false, axis: 'step' }

/** As they were written down; what is not known is as at first. */
export function optionsFrom(text: string | null): ChartOptions {
  const kept = parsed(text)
  return {
    smoothing: SMOOTHINGS.find((one) => one === kept.smoothing) ?? FIRST_OPTIONS.smoothing,
    isLogarithmic: typeof kept.isLogarithmic === 'boolean' ? kept.isLogarithmic : FIRST_OPTIONS.isLogarithmic,
    axis: AXES.find((one) => one === kept.axis) ?? FIRST_OPTIONS.axis,
  }
}

function parsed(text: string | null): Partial<Record<keyof ChartOptions, unknown>> {
  try {
    return (JSON.parse(text ?? '{}') as Partial<Record<keyof ChartOptions, unknown>> | null) ?? {}
  } catch {
    return {}
  }
}
