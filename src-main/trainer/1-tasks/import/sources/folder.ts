import { lstat, open, readdir, realpath } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import type { ImportProblem } from '#contract/dataset-check'
import { fileProblem, isNoise, type Source, type SourceFile } from './source.ts'

const MAX_DEPTH = 24
const MAX_FILES = 200_000
const PART_BYTES = 1 << 18

/** One file as a source of its own. */
export async function fileSource(path: string): Promise<Source> {
  const { size } = await lstat(path)
  return { files: [diskFile(path, basename(path), size)], problems: [], isSingle: true, close: () => {} }
}

/** All files below a folder, in the order of their names. Links are not followed. */
export async function folderSource(root: string): Promise<Source> {
  const files: SourceFile[] = []
  const problems: ImportProblem[] = []
  const walk = async (folder: string, prefix: string, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH) return void problems.push(fileProblem(prefix, 'is nested too deep.', 'Move it up.'))
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
      if (depth === 0) throw error
      problems.push(fileProblem(prefix, `cannot be opened (${error.message}).`, 'Give yourself the right to read it.'))
      return []
    })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = prefix + entry.name
      if (isNoise(path) || files.length >= MAX_FILES) continue
      const onDisk = join(folder, entry.name)
      if (entry.isSymbolicLink()) problems.push(fileProblem(path, 'is a link and is not followed.', 'Put the file itself there.'))
      else if (entry.isDirectory()) await walk(onDisk, `${path}/`, depth + 1)
      else if (entry.isFile()) files.push(diskFile(onDisk, path, (await lstat(onDisk)).size))
    }
  }
  await walk(await realpath(root), '', 0)
  if (files.length >= MAX_FILES)
    problems.push(fileProblem('', `has more than ${MAX_FILES} files.`, 'Import its parts one by one.'))
  return { files, problems, isSingle: false, close: () => {} }
}

function diskFile(diskPath: string, path: string, bytes: number): SourceFile {
  return { path: path.split(sep).join('/'), bytes, diskPath, open: () => partsOf(diskPath) }
}

/** Always the same buffer: a gigabyte of buffers would wait for the garbage collector. */
async function* partsOf(path: string): AsyncGenerator<Buffer> {
  const buffer = Buffer.alloc(PART_BYTES)
  const file = await open(path)
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, PART_BYTES)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
