import type { DoctorReport } from '#contract/api'
export async function doctorReport(_options: { home: string }): Promise<DoctorReport> {
  return { checks: [] }
}
