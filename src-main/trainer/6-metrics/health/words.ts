/** Numbers as a warning says them. */

export const percent = (share: number): string => `${Math.round(share * 100)} %`

/** Rewards have no unit: two digits tell 0.61 from 0.74. */
export const reward = (value: number): string => value.toFixed(2)
