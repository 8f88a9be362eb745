/** Where files and folders lie, which only the desktop can tell. */
import { desktopFiles } from '../workbench.ts'

export interface DesktopPaths {
  /** The path that a person chose; null when none. */
  choose(kind: 'file' | 'folder'): Promise<string | null>
  /** Of what was dropped; '' for what lies on no disk. */
  dropped(event: DragEvent): string[]
}

/** null in a browser. */
export const desktopPaths: DesktopPaths | null = desktopFiles === null ? null : pathsOf(desktopFiles)

export function isOfFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') ?? false
}

function pathsOf(files: NonNullable<typeof desktopFiles>): DesktopPaths {
  return {
    choose: (kind) => files.choosePath(kind),
    dropped: ({ dataTransfer }) => [...(dataTransfer?.files ?? [])].map((file) => files.pathOf(file)),
  }
}
