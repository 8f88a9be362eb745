import { globSync } from 'node:fs'
import { basename, join, sep } from 'node:path'

/**
 * Bundle entries of worker threads and child processes: base name -> source file. Such a file is named `*-worker.ts` and stands beside the code that
 * starts it as `./<name>.js` of its own URL, so that all entries of a bundle lie in one folder.
 */
export function workerEntries(root, { isTrainer }) {
  const files = globSync('src-main/**/*-worker.ts', { cwd: root }).filter(
    (file) => file.split(sep).includes('trainer') === isTrainer,
  )
  return Object.fromEntries(files.map((file) => [basename(file, '.ts'), join(root, file)]))
}
