/** One look at one thing. */
import type { DoctorCheck } from '#contract/api'

export type Finding = Omit<DoctorCheck, 'name'>

export function good(finding: string): Finding {
  return { state: 'good', finding, remedy: '' }
}

export function warning(finding: string, remedy: string): Finding {
  return { state: 'warning', finding, remedy }
}

export function bad(finding: string, remedy: string): Finding {
  return { state: 'bad', finding, remedy }
}

/** What a look throws is a bad finding with this remedy. */
export async function check(name: string, remedy: string, look: () => Finding | Promise<Finding>): Promise<DoctorCheck> {
  try {
    return { name, ...(await look()) }
  } catch (error) {
    return { name, ...bad(error instanceof Error ? error.message.split('\n')[0]! : String(error), remedy) }
  }
}
