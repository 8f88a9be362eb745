/** The desktop's transport of the API: what the page finds on `window.veritune`, and the channels behind it. */

export const CALL_CHANNEL = 'veritune:call'
export const EVENT_CHANNEL = 'veritune:event'
export const CHOOSE_CHANNEL = 'veritune:choose'
export const COMMAND_CHANNEL = 'veritune:command'

/** What a native dialog lets a person choose: on most systems no dialog offers both. */
export type PathKind = 'file' | 'folder'

/** Answers are `{result}` or `{error}`: an error that crossed as an exception would lose its code and its remedy. */
export interface VerituneBridge {
  call(method: string, args: readonly unknown[]): Promise<unknown>
  onEvent(listener: (event: string, payload: unknown) => void): void
  /** Absolute path that a person chose; null when none. */
  choosePath(kind: PathKind): Promise<string | null>
  /** Of a DOM `File` that was dropped or chosen: its absolute path; '' for one that lies on no disk. */
  pathOf(file: object): string
  /** Of the menu and of notifications: the id of a frame command, or the address of a screen, `#/runs/…`. */
  onCommand(listener: (command: string) => void): void
}
