/** All runs of this workbench that train on other computers. */
import type { CarriedProgram } from './program-files.ts'
import { FileHashes } from './file-hashes.ts'
import { FollowerLock } from './follower-lock.ts'
import { launchName } from './deliver-run.ts'
import { readLink, readPlace, writeLink } from './link-file.ts'
import { RemoteRun } from './remote-run.ts'

export interface RemoteRunsOptions {
  /** Keeps hashes of files. */
  readonly hashFile: string
  readonly program: CarriedProgram
  readonly now: () => Date
}

export class RemoteRuns {
  readonly #options: RemoteRunsOptions
  readonly #followed = new Map<string, { readonly run: RemoteRun; readonly lock: FollowerLock }>()
  #hashes: FileHashes | null = null
  #isClosed = false

  constructor(options: RemoteRunsOptions) {
    this.#options = options
  }

  /** Writes down that the run is to be brought to its host and started there, and begins with it. `flags`: options of the trainer, at most one. */
  launch(directory: string, flags: readonly string[]): void {
    const earlier = readLink(directory)
    writeLink(directory, {
      phase: 'delivering',
      launch: launchName(),
      flags: [...flags],
      launchedAt: this.#options.now().toISOString(),
      root: earlier?.root ?? null,
      program: earlier?.program ?? null,
      node: earlier?.node ?? null,
      hasTrainer: false,
      reachedAt: earlier?.reachedAt ?? null,
      problem: null,
      doing: 'looks at the host',
    })
    this.attend(directory)
  }

  /** Follows a run that is not over, unless another workbench does. Asked again and again, it goes on where that one is gone. */
  attend(directory: string): void {
    const phase = readLink(directory)?.phase
    if (this.#isClosed || phase === undefined || phase === 'refused' || phase === 'over') return
    const place = readPlace(directory)
    if (place === null) return
    const { program, now } = this.#options
    const known = this.#followed.get(directory)
    const lock = known?.lock ?? new FollowerLock(directory)
    if (!lock.take(now())) return
    this.#hashes ??= new FileHashes(this.#options.hashFile)
    const run = known?.run ?? new RemoteRun({ directory, place, program, hashes: this.#hashes, now })
    this.#followed.set(directory, { run, lock })
    run.follow()
  }

  /** Trainers over there go on. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#followed.values()].map(({ run }) => run.close()))
    for (const { lock } of this.#followed.values()) lock.release()
  }
}
