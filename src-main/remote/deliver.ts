/** Brings a parcel to a host: into a folder beside, proved there by its hashes, and only then under its name. */
import { Failure } from '#contract/failure'
import type { Parcel, ParcelFile } from './parcel.ts'
import { copyByRsync, mayUseRsync } from './rsync.ts'
import { runOnHost } from './ssh.ts'
import { tarStream } from './tar-stream.ts'

export interface Destination {
  readonly host: string
  /** Absolute. */
  readonly root: string
  readonly hasRsync: boolean
  readonly stop: AbortSignal
}

/** In a folder that was proved to be whole: its hash. */
const MARK = '.whole'

export function parcelFolder(root: string, { kind, hash }: Pick<Parcel, 'kind' | 'hash'>): string {
  return `${root}/${kind}/${hash}`
}

/** Those that are not there with all their files at their sizes; and whether a path is there. */
export async function lookFor<P extends Parcel>(
  { host, root, stop }: Destination,
  parcels: readonly P[],
  path: string,
): Promise<{ missing: P[]; isThere: boolean }> {
  const folders = parcels.map((parcel) => parcelFolder(root, parcel))
  const { found, isThere } = await lookAt(host, path, folders, stop)
  const missing = parcels.filter((parcel) => {
    const { mark = null, sizes = new Map<string, number>() } = found.get(parcelFolder(root, parcel)) ?? {}
    return mark !== parcel.hash || !parcel.files.every(({ to, size }) => sizes.get(to) === size)
  })
  return { missing, isThere }
}

/** Throws Failure remote.*. What was copied before a failure is kept for the next try. */
export async function deliver(destination: Destination, parcel: Parcel): Promise<void> {
  const { host, root, hasRsync, stop } = destination
  const beside = `${root}/${parcel.kind}/.${parcel.hash}.partial`
  await runOnHost(host, { what: 'make a folder', statements: ['mkdir -p "$1"'], args: [beside], folder: root }, { stop })
  const copied = hasRsync && mayUseRsync(beside) ? await copyByRsync(host, parcel.files, beside, stop) : null
  if (copied === null) await stream(destination, parcel.files, beside)
  await prove(destination, parcel, beside)
}

/** What has its size already is not sent again: the proof finds it where it is something else. */
async function stream(destination: Destination, files: readonly ParcelFile[], beside: string): Promise<void> {
  const { host, stop } = destination
  const { found } = await lookAt(host, beside, [beside], stop)
  const sizes = found.get(beside)?.sizes
  const missing = files.filter(({ to, size }) => sizes?.get(to) !== size)
  await unpack(destination, beside, tarStream(missing))
}

/** Files of a tar stream into a folder that is made, and what is to be done afterwards with that folder as $1. */
export async function unpack(
  { host, root, stop }: Destination,
  folder: string,
  input: ReturnType<typeof tarStream>,
  { before = [], after = [], args = [] }: { before?: string[]; after?: string[]; args?: string[] } = {},
): Promise<void> {
  const statements = [...before, 'mkdir -p "$1" && tar -xf - -C "$1" || exit 1', ...after]
  const command = { what: 'unpack a copy', statements, args: [folder, ...args], folder: root }
  await runOnHost(host, command, { input, patienceMs: null, stop })
}

/** A folder that is there is put aside first; whoever has files of it open goes on with them. */
const PROOF = [
  'cd "$1" || exit 1',
  'sha256sum --quiet --strict -c - >&2 || exit 9',
  'echo "$3" > .whole || exit 1',
  'rm -rf "$2.old"',
  '[ -e "$2" ] && mv "$2" "$2.old"',
  'mv "$1" "$2" || exit 1',
  'rm -rf "$2.old"',
]

async function prove({ host, root, stop }: Destination, parcel: Parcel, beside: string): Promise<void> {
  const manifest = Buffer.from(parcel.files.map(({ sha256, to }) => `${sha256}  ${to}\n`).join(''))
  const command = {
    what: 'prove a copy',
    statements: PROOF,
    args: [beside, parcelFolder(root, parcel), parcel.hash],
    folder: root,
  }
  try {
    await runOnHost(host, command, { input: manifest, patienceMs: null, stop })
  } catch (error) {
    const isOther = !(error instanceof Failure) || error.code !== 'remote.command'
    // Another workbench may have brought the same meanwhile.
    if (isOther) throw error
    if ((await lookFor({ host, root, stop, hasRsync: false }, [parcel], root)).missing.length === 0) return
    await runOnHost(host, { what: 'remove a damaged copy', statements: ['rm -rf "$1"'], args: [beside] }, { stop })
    throw new Failure('remote.damaged-copy', { host, reason: String(error.facts.reason) }, { cause: error })
  }
}

interface Folder {
  mark: string | null
  readonly sizes: Map<string, number>
}

/** $1 a path, then folders. */
const LOOK = [
  '[ -e "$1" ] && echo there',
  'shift',
  'for d in "$@"; do echo "folder $d"; [ -d "$d" ] && (cd "$d" && echo "mark $(cat .whole 2>/dev/null)" && find . -type f -exec stat -c "%s %n" {} +); done',
  'true',
]

async function lookAt(
  host: string,
  path: string,
  folders: readonly string[],
  stop: AbortSignal,
): Promise<{ found: ReadonlyMap<string, Folder>; isThere: boolean }> {
  const command = { what: 'list a folder', statements: LOOK, args: [path, ...folders] }
  const [first, ...rest] = (await runOnHost(host, command, { stop })).split('\n')
  const found = new Map<string, Folder>()
  let folder: Folder = { mark: null, sizes: new Map() }
  for (const line of [first!, ...rest]) {
    const [, word, value] = /^(folder|mark) (.*)$/.exec(line) ?? []
    if (word === 'folder') found.set(value!, (folder = { mark: null, sizes: new Map() }))
    if (word === 'mark') folder.mark = value || null
    const [, size, name] = /^(\d+) \.\/(.*)$/.exec(line) ?? []
    if (name !== undefined && name !== MARK) folder.sizes.set(name, Number(size))
  }
  return { found, isThere: first === 'there' }
}
