/** What the composition root hands to a command. */
import type { DoctorReport } from '#contract/api'
import type { Workbench } from '#workbench/answer-call'
import type { Terminal } from './terminal.ts'

export type EndingSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

export interface Page {
  readonly url: string
  close(): Promise<void>
}

export interface Context {
  readonly version: string
  readonly terminal: Terminal
  /** Folder that relative paths of the command line start from. */
  readonly folder: string
  /** Opens the workbench at the first call; the composition root closes it. Throws Failure. */
  workbench(wish?: { readonly isOpenedSoon: boolean }): Promise<Workbench>
  /** Looks at the machine without the workbench, which may be what is broken. */
  doctorReport(): Promise<DoctorReport>
  /** Serves the page on a port; null = any free one. Throws Failure port.used. */
  servePage(workbench: Workbench, port: number | null): Promise<Page>
  openBrowser(url: string): void
  readStandardInput(): Promise<string>
  /** While anybody listens, these signals do not end the process. Returns what ends the listening. */
  onSignal(listener: (signal: EndingSignal) => void): () => void
}
