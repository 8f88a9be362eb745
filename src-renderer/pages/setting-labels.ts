/** Names of settings, and of their choices, as a person reads them. */

/** Where the path's last word does not say enough. */
const LABELS: Readonly<Record<string, string>> = {
  'dataset.id': 'Tasks',
  'algorithm.name': 'Algorithm',
  promptsPerStep: 'Prompts per step',
  minibatchSize: 'Minibatch',
  microbatchSize: 'Microbatch',
  maxApproxKl: 'KL limit of a step',
  samplerCorrection: 'Correction of the sampler',
  'optimizer.warmupSteps': 'Warm-up steps',
  'optimizer.maxGradNorm': 'Gradient norm at most',
  'optimizer.finalLearningRateShare': 'Share left at the end',
  'algorithm.klCoef': 'KL coefficient',
  'sampling.maxCompletionTokens': 'Completion limit',
  'sampling.topP': 'Top p',
  'sampling.topK': 'Top k',
  'evaluation.every': 'Evaluate every',
  'evaluation.taskCount': 'Evaluation tasks',
  'evaluation.samples': 'Evaluation samples',
  checkpointEvery: 'Checkpoint every',
  'checkpoints.keepLast': 'Checkpoints kept',
  'checkpoints.keepBest': 'Keep the best',
  'budget.rollouts': 'Completions at most',
  'budget.tokens': 'Tokens at most',
  'budget.seconds': 'Seconds at most',
  'supervised.steps': 'Supervised steps',
  'supervised.learningRate': 'Their learning rate',
  'torch.device': 'PyTorch’s device',
  'torch.precision': 'PyTorch’s precision',
  'torch.quantization': 'PyTorch’s base in fewer bits',
  'torch.optimizer': 'PyTorch’s optimizer',
  'torch.processes': 'PyTorch’s processes',
  'torch.sharding': 'PyTorch’s sharing of the base',
  'torch.gpu': 'PyTorch’s card',
  'reasoningJudge.baseUrl': 'Endpoint',
  'reasoningJudge.model': 'Judging model',
  'reasoningJudge.share': 'Its weight',
  'reasoningJudge.isRemoteAllowed': 'May be elsewhere',
}

const CHOICE_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  judge: {
    netlist: 'netlist: needs nothing',
    testbench: 'testbench: in a simulator',
    both: 'both: no reward where they disagree',
  },
  engine: {
    onnx: 'embedded (ONNX Runtime)',
    torch: 'PyTorch: installed in Settings',
    fake: 'fake, for trying the screens',
  },
  device: { cpu: 'processor', webgpu: 'graphics device (WebGPU)' },
}

/** `clipEpsilonLow` -> “Clip epsilon low”; what it is counted in stands in the meaning. */
export function labelOf(path: string): string {
  const known = LABELS[path]
  if (known !== undefined) return known
  const words = path
    .split('.')
    .at(-1)!
    .replace(/^(has|is)(?=[A-Z])/, '')
    .replace(/(?<=[a-z])(Steps|Tokens)$/, '')
    .replace(/([a-z])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`)
    .replace(/\bkl\b/i, 'KL')
  return words[0]!.toUpperCase() + words.slice(1)
}

/** Where no heading says that it is a weight. */
export function rowLabelOf(path: string): string {
  return path.startsWith('reward.weights.') ? `${labelOf(path)} weight` : labelOf(path)
}

export function choiceWords(path: string, choice: string): string {
  return CHOICE_WORDS[path]?.[choice] ?? choice.replaceAll('_', ' ')
}
