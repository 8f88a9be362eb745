/** Runs that train on other computers, as the queue and the list of runs know them: by what their directories say. */
import type { RemotePlace } from '#contract/remote-run'
import { readPlace, remoteState, writePlace } from '#remote/link-file'

/** What starts and follows them (src-main/remote). */
export interface RemoteTrainers {
  launch(directory: string, flags: readonly string[]): void
  attend(directory: string): void
}

/** The host that a run trains on; empty for this computer. */
export function computerOf(directory: string): string {
  return readPlace(directory)?.host ?? ''
}

/** Writes into a run directory that is being made where it is to train; nothing for this computer. */
export function placing(place: RemotePlace | null | undefined): (directory: string) => void {
  return place ? (directory) => writePlace(directory, place) : () => {}
}

/** What is told of the link: where it differs there is news. */
export function linkWords(directory: string): string {
  const { problem = null, doing = null } = remoteState(directory) ?? {}
  return JSON.stringify([problem, doing])
}
