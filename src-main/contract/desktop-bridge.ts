/** The desktop's transport of the API: what the page finds on `window.veritune`, and the two channels behind it. */

export const CALL_CHANNEL = 'veritune:call'
export const EVENT_CHANNEL = 'veritune:event'

/** Answers are `{result}` or `{error}`: an error that crossed as an exception would lose its code and its remedy. */
export interface VerituneBridge {
  call(method: string, args: readonly unknown[]): Promise<unknown>
  onEvent(listener: (event: string, payload: unknown) => void): void
}
