/** What a person asked for, in words, by the method that does it. Methods that only read are not here. */
export const ACTS: Readonly<Record<string, string>> = {
  'runs.create': 'start of a run',
  'runs.import': 'import of a run',
  'runs.clone': 'start of a clone',
  'runs.control': 'command to a run',
  'runs.resume': 'resuming of a run',
  'runs.note': 'name and notes of a run',
  'runs.remove': 'removal of a run',
  'runs.restore': 'return of a removed run',
  'runs.reorder': 'order of the waiting runs',
  'rewards.save': 'reward profile',
  'views.save': 'saved view',
  'views.rename': 'name of a saved view',
  'views.remove': 'removal of a saved view',
  'reports.make': 'report',
  'experiments.start': 'start of an experiment',
  'experiments.resume': 'resuming of an experiment',
  'datasets.check': 'check of a data set',
  'datasets.cancel': 'end of a check',
  'datasets.allow': 'permission for a data set',
  'models.add': 'model folder',
  'models.forget': 'removal of a model from the list',
  'models.download': 'download of a model',
  'models.cancel': 'end of a download',
  'hosts.add': 'computer for runs',
  'hosts.remove': 'removal of a computer',
  'sync.change': 'settings of Weights & Biases',
  'sync.wish': 'sending of a run',
  'sync.retry': 'sending of a run',
  'sync.resendAll': 'sending of a run again',
  'sync.login': 'log-in',
  'playground.complete': 'completion in the playground',
  'playground.stop': 'end of a completion',
}

/** Each act once, in the order in which they were asked. */
export function askedActs(methods: readonly string[]): string[] {
  return [...new Set(methods.flatMap((method) => ACTS[method] ?? []))]
}
