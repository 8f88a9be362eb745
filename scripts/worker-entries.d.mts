/** Bundle entries of the worker threads: base name -> source file. */
export function workerEntries(root: string, options: { isTrainer: boolean }): Record<string, string>
