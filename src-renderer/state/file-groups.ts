/** Files that a browser gives a page, by what a person took: a file, or a folder with all that lies below it. */

export interface FileOfGroup {
  /** Folders, then the file. */
  readonly path: readonly string[]
  readonly file: File
}

export interface FileGroup {
  /** Of the file, or of the folder. */
  readonly name: string
  readonly files: readonly FileOfGroup[]
  readonly bytes: number
}

/** Must be called while the event lasts: its entries are gone after it. */
export async function filesOfDrop({ items }: DataTransfer): Promise<FileGroup[]> {
  const taken = [...items].map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }))
  const groups = taken.map(async ({ entry, file }): Promise<FileGroup[]> => {
    if (entry !== null) return [groupOf(entry.name, await filesBelow(entry, []))]
    return file === null ? [] : filesOfInput([file])
  })
  return (await Promise.all(groups)).flat()
}

/** Of an input for files, or for a folder. */
export function filesOfInput(files: Iterable<File>): FileGroup[] {
  const all = [...files].map((file): FileOfGroup => {
    const path = file.webkitRelativePath === '' ? [file.name] : file.webkitRelativePath.split('/')
    return { path, file }
  })
  return [...Map.groupBy(all, ({ path }) => path[0]!)].map(([name, group]) => groupOf(name, group))
}

function groupOf(name: string, files: readonly FileOfGroup[]): FileGroup {
  return { name, files, bytes: files.reduce((sum, { file }) => sum + file.size, 0) }
}

async function filesBelow(entry: FileSystemEntry, above: readonly string[]): Promise<FileOfGroup[]> {
  const path = [...above, entry.name]
  if (entry.isFile) return [{ path, file: await fileOf(entry as FileSystemFileEntry) }]
  const files: FileOfGroup[] = []
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  // A reader gives a hundred at a time, and none at the end.
  for (let some = await entriesOf(reader); some.length > 0; some = await entriesOf(reader)) {
    for (const below of some) files.push(...(await filesBelow(below, path)))
  }
  return files
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

function entriesOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject))
}
