import { open } from 'node:fs/promises'
import type { ImportProblem } from '#contract/dataset-check'
import { openPromise, validateFileName, type Entry, type ZipFile } from 'yauzl'
import { fileProblem, isNoise, type Source, type SourceFile } from './source.ts'

/** What an archive may unfold to. */
const MAX_TOTAL_BYTES = 8e9
const MAX_FILES = 200_000
/** Text packs ten- to twentyfold; what packs far better is made to burst. */
const MAX_RATIO = 200
const UNSUSPICIOUS_BYTES = 1e6

/** Names, sizes and kinds are looked at before anything is unpacked; sizes are held to while unpacking. Throws Error when it is no archive. */
export async function zipSource(path: string): Promise<Source> {
  const zip = await openPromise(path, { autoClose: false, decodeStrings: false, validateEntrySizes: true })
  const files: SourceFile[] = []
  const problems: ImportProblem[] = []
  const names = new Set<string>()
  let total = 0
  try {
    for await (const entry of zip.eachEntry()) {
      const name = (entry.fileName as unknown as Buffer).toString('utf8')
      const isHidden = isNoise(name) && validateFileName(name) === null
      if (name.endsWith('/') || isHidden) continue
      total += entry.uncompressedSize
      const isTooMuch = files.length >= MAX_FILES || total > MAX_TOTAL_BYTES
      const problem = isTooMuch ? 'would unfold to too much.' : names.has(name) ? 'stands there twice.' : problemOf(entry, name)
      names.add(name)
      if (problem === null) files.push(entryFile(zip, entry, name))
      else problems.push(fileProblem(name, problem, 'Leave it out, or unpack the archive yourself and import the folder.'))
    }
  } catch (error) {
    zip.close()
    throw error
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1))
  return { files, problems, isSingle: false, close: () => zip.close() }
}

/** Of a first entry, and of an archive without any. */
const SIGNATURES: readonly number[] = [0x04034b50, 0x06054b50]

/** By its first bytes, or its name where it is damaged. */
export async function isZip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0)
    return SIGNATURES.includes(buffer.readUInt32LE(0)) || /\.zip$/i.test(path)
  } finally {
    await file.close()
  }
}

const LINK = 0o120000
const KIND = 0o170000

function problemOf(entry: Entry, name: string): string | null {
  if (validateFileName(name) !== null || name.includes('\0')) return 'has a name that leads out of the archive.'
  if (entry.isEncrypted()) return 'is encrypted.'
  if (((entry.externalFileAttributes >>> 16) & KIND) === LINK) return 'is a link.'
  const { compressedSize, uncompressedSize } = entry
  const isBomb = uncompressedSize > UNSUSPICIOUS_BYTES && uncompressedSize > MAX_RATIO * compressedSize
  return isBomb ? `would unfold to ${Math.round(uncompressedSize / 1e6)} MB.` : null
}

function entryFile(zip: ZipFile, entry: Entry, path: string): SourceFile {
  return {
    path,
    bytes: entry.uncompressedSize,
    diskPath: null,
    open: async function* () {
      yield* (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>
    },
  }
}
