/** A folder that is copied to a host, under the hash of all that is in it: what is there once is never copied again, and a half of it is known. */
import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { FileHashes } from './file-hashes.ts'

export interface ParcelFile {
  /** Absolute, here. */
  readonly from: string
  /** Inside the folder, with slashes. */
  readonly to: string
  readonly size: number
  readonly isProgram: boolean
  /** Hex. */
  readonly sha256: string
}

export interface Parcel {
  readonly kind: 'programs' | 'datasets' | 'models'
  /** As in "copies …". */
  readonly title: string
  /** Name of its folder: of the names and contents of its files. */
  readonly hash: string
  readonly files: readonly ParcelFile[]
  readonly bytes: number
}

/** `isProgram` left out: as the disk here says, which on Windows says it of nothing. */
export type Listed = Pick<ParcelFile, 'from' | 'to'> & Partial<Pick<ParcelFile, 'isProgram'>>

const HASH_LETTERS = 32

export async function parcelOf(
  kind: Parcel['kind'],
  title: string,
  listed: readonly Listed[],
  hashes: FileHashes,
): Promise<Parcel> {
  const files: ParcelFile[] = []
  for (const { from, to, isProgram } of listed.toSorted((a, b) => (a.to < b.to ? -1 : 1))) {
    const { size, mode } = statSync(from)
    files.push({ from, to, size, isProgram: isProgram ?? (mode & 0o100) !== 0, sha256: await hashes.of(from) })
  }
  const hash = createHash('sha256')
  for (const { to, sha256, isProgram } of files) hash.update(`${sha256} ${isProgram ? 'x' : '-'} ${to}\n`)
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  return { kind, title, hash: hash.digest('hex').slice(0, HASH_LETTERS), files, bytes }
}

/** Files below a folder, links followed; hidden ones stay. `fits` is asked for each path inside, with slashes. */
export function filesBelow(folder: string, to: string, fits: (path: string) => boolean = () => true): Listed[] {
  const walk = (inside: string): Listed[] =>
    readdirSync(join(folder, inside)).flatMap((name) => {
      // Names with a line's end or a backslash are written otherwise by the tools that prove a copy, and are no part of a model or a program.
      if (name.startsWith('.') || /[\\\r\n]/.test(name)) return []
      const path = inside === '' ? name : `${inside}/${name}`
      const from = join(folder, ...path.split('/'))
      if (statSync(from).isDirectory()) return walk(path)
      return fits(path) ? [{ from, to: to === '' ? path : `${to}/${path}` }] : []
    })
  return walk('')
}

/** Weights in formats that nothing here reads; a repository often has the same ones twice. */
const UNREAD = /\.(?:bin|pt|pth|ckpt|h5|msgpack|onnx|gguf|ot)$/

export function modelFiles(folder: string): Listed[] {
  return filesBelow(folder, '', (path) => !UNREAD.test(path))
}
