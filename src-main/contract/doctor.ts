/** What this machine can do, and the remedy for what it cannot. */
export interface DoctorCheck {
  readonly name: string
  readonly state: 'good' | 'warning' | 'bad'
  /** What was found. */
  readonly finding: string
  /** What to do; empty when the state is good. */
  readonly remedy: string
}
export interface DoctorReport {
  readonly checks: readonly DoctorCheck[]
}
