/**
 * Every setting of a run: one line of meaning, where it comes from, its default and its range. The schema (run-config.ts) says the same and a test
 * compares them; the form and docs/settings.md are made from this.
 */
import { ALGORITHM_SETTINGS } from './algorithm-settings.ts'
import { ALGORITHM_NAMES, type AlgorithmName } from './algorithm-names.ts'
import { choice, onOff, real, realOrOff, whole, wholeOrOff, words, type Setting } from './setting.ts'

const OURS = 'VeriTune'
const ADAM = 'AdamW (Loshchilov and Hutter, 2019)'
const LORA = 'LoRA (Hu et al., 2022)'
const PPO_PAPER = 'PPO (Schulman et al., 2017)'

const weight = (component: string, initial: number): Setting =>
  real(`Weight of the ${component} score in the reward.`, 'VeriGenLLM-v2', initial, { min: 0, max: 100 })

/** By their path in a config; those of an algorithm apart. */
export const RUN_SETTINGS: Readonly<Record<string, Setting>> = {
  name: words('How the run is called in lists and charts.', OURS, 'Starter GRPO'),
  preset: words('The preset that the settings began with.', OURS, 'starter-grpo'),
  seed: whole('Everything random is drawn from it: the same seed and settings replay the same run.', OURS, 1, {
    min: 0,
    max: 0xffff_ffff,
  }),
  engine: choice(
    'What runs and trains the model: embedded, PyTorch, or a small table of tokens for trying things.',
    OURS,
    'onnx',
    ['onnx', 'torch', 'fake'],
  ),
  device: choice('Where the embedded engine trains.', OURS, 'cpu', ['cpu', 'webgpu']),
  baseStorage: choice(
    'How the embedded engine keeps the frozen base in memory: float16 takes a quarter of float32’s memory, int4 a tenth, both more time; they need an adapter (lora).',
    'QLoRA (Dettmers et al., 2023)',
    'float32',
    ['float32', 'float16', 'int4'],
  ),
  'torch.device': choice('Where the PyTorch engine trains; auto = a CUDA card where there is one.', OURS, 'auto', [
    'auto',
    'cpu',
    'cuda',
  ]),
  'torch.precision': choice(
    'Of the frozen base under PyTorch; bfloat16 halves its memory and needs an adapter (lora).',
    OURS,
    'float32',
    ['float32', 'bfloat16'],
  ),
  'torch.quantization': choice(
    'nf4: the layers of the frozen base in 4 bits under PyTorch, a quarter of bfloat16’s memory and more time; needs bitsandbytes and an adapter (lora).',
    'QLoRA (Dettmers et al., 2023)',
    'none',
    ['none', 'nf4'],
  ),
  'torch.optimizer': choice(
    'adamw8bit: the optimizer’s moments in 8 bits under PyTorch, 2 bytes for each trained weight instead of 8; needs bitsandbytes.',
    '8-bit Optimizers (Dettmers et al., 2022)',
    'adamw',
    ['adamw', 'adamw8bit'],
  ),
  'torch.processes': whole(
    'PyTorch processes on each host, under torchrun when there are several: they share rollouts and gradients, each with a card of its own.',
    OURS,
    1,
    { min: 1, max: 64 },
  ),
  'torch.sharding': choice(
    'full: PyTorch’s processes share the layers of the frozen base between them, for a base that does not fit one card; slower, and needs an adapter (lora).',
    'FSDP2 (PyTorch)',
    'none',
    ['none', 'full'],
  ),
  'torch.gpu': words(
    'The card that PyTorch takes, by UUID or number; none = the first. `veritune engine list` counts them.',
    OURS,
    null,
  ),
  model: words(
    '“starter”, the path of a Hugging Face model folder, or the name of one that was downloaded (owner/name).',
    OURS,
    'starter',
  ),
  'dataset.id': words('“starter”, or the path of a tasks.jsonl.', OURS, 'starter'),
  'dataset.hash': words('SHA-256 of the tasks, filled in when the run is made.', OURS, ''),
  judge: choice('What decides the functional score.', OURS, 'netlist', ['netlist', 'testbench', 'both']),
  proof: onOff('Try to prove what passes the simulation: evidence, not another score.', OURS, false),
  'reasoningJudge.baseUrl': words('Endpoint of a language model that grades the reasoning.', OURS, 'http://127.0.0.1:8000/v1'),
  'reasoningJudge.model': words('Its name at that endpoint.', OURS, 'model'),
  'reasoningJudge.share': real('Its weight beside the grammar’s value.', OURS, 0.5, { above: 0, max: 1 }),
  'reasoningJudge.isRemoteAllowed': onOff('Task texts, designs and the key may leave this machine.', OURS, false),
  steps: whole('Turns of rollouts, scores and updates.', OURS, 60, { min: 0, max: 1_000_000 }),
  'budget.rollouts': wholeOrOff('Completions after which the run ends, with the step under way; null = no bound.', OURS, null, {
    min: 1,
  }),
  'budget.tokens': wholeOrOff(
    'Tokens of completions, or of the references of supervised steps, after which the run ends; null = no bound.',
    OURS,
    null,
    { min: 1 },
  ),
  'budget.seconds': realOrOff(
    'Seconds of training, evaluations not counted, after which the run ends; null = no bound.',
    OURS,
    null,
    { above: 0 },
  ),
  promptsPerStep: whole('Tasks drawn for each step.', OURS, 16, { min: 1, max: 4096 }),
  'curriculum.startShare': real(
    'Share of the training tasks, ordered by difficulty and then by the length of their reference, that the first step draws from; it grows linearly to all of them.',
    'Bengio et al. (2009); Platanios et al. (2019)',
    0.3,
    { above: 0, max: 1 },
  ),
  'curriculum.steps': whole(
    'Steps until all training tasks are drawn from; from then on each epoch shows every task once, as without a curriculum.',
    'Platanios et al. (2019)',
    30,
    { min: 1, max: 1_000_000 },
  ),
  groupSize: whole('Completions of each prompt.', 'DeepSeekMath (Shao et al., 2024)', 8, { min: 1, max: 256 }),
  updateEpochs: whole('Passes over the rollouts of a step.', PPO_PAPER, 1, { min: 1, max: 16 }),
  minibatchSize: whole('Rollouts of one optimizer step; whole groups stay together.', PPO_PAPER, 32, { min: 1 }),
  microbatchSize: whole('Rollouts in memory at once; under bnpo also those whose tokens share a mean.', OURS, 8, { min: 1 }),
  gradientCheckpointing: onOff(
    'Compute each layer again in the backward pass: less memory, more time, the same numbers.',
    'Chen et al. (2016)',
    false,
  ),
  'supervised.steps': whole(
    'First steps of the run, which learn the training tasks’ references, a minibatch each, before reinforcement learning begins.',
    'InstructGPT (Ouyang et al., 2022)',
    10,
    { min: 1, max: 1_000_000 },
  ),
  'supervised.learningRate': real('Learning rate of those steps; it does not change.', OURS, 0.0002, { above: 0, max: 1 }),
  'lora.rank': whole('Rank of the adapter’s matrices.', LORA, 16, { min: 1, max: 256 }),
  'lora.alpha': real('The adapter is scaled by alpha / rank.', LORA, 32, { above: 0 }),
  'lora.dropout': real('Chance to drop an adapter input in training; above 0 the ratio is not 1 at the first update.', LORA, 0, {
    min: 0,
    max: 0.9,
  }),
  'sampling.temperature': real('Of sampling in training; 1 samples from the policy itself.', OURS, 1, { min: 0.01, max: 5 }),
  'sampling.topP': real('Nucleus mass; 1 = off.', 'Holtzman et al. (2020)', 1, { above: 0, max: 1 }),
  'sampling.topK': whole('Tokens that may be drawn; 0 = all.', 'Fan et al. (2018)', 0, { min: 0 }),
  'sampling.maxCompletionTokens': whole('Tokens after which a completion is cut.', OURS, 200, { min: 8, max: 8192 }),
  'sampling.stopStrings': words('Texts that end a completion, beside the model’s own end tokens.', OURS, []),
  'optimizer.learningRate': real('Step size of the optimizer; LoRA often takes 1e-5 to 1e-3.', ADAM, 0.0007, {
    above: 0,
    max: 1,
  }),
  'optimizer.schedule': choice('How the learning rate goes on after its warm-up.', OURS, 'linear', ['constant', 'linear']),
  'optimizer.finalLearningRateShare': real('Share of it that is left at the last step under linear.', OURS, 0.1, {
    min: 0,
    max: 1,
  }),
  'optimizer.warmupSteps': whole('Steps over which it rises from 0.', OURS, 0, { min: 0 }),
  'optimizer.beta1': real('Memory of the mean of the gradients.', ADAM, 0.9, { min: 0, max: 0.9999 }),
  'optimizer.beta2': real('Memory of the mean of their squares.', ADAM, 0.99, { min: 0, max: 0.99999 }),
  'optimizer.epsilon': real('Added to the divisor.', ADAM, 1e-8, { above: 0 }),
  'optimizer.weightDecay': real('Share of a weight that each step takes away, times the learning rate.', ADAM, 0, {
    min: 0,
    max: 1,
  }),
  'optimizer.maxGradNorm': real('Gradients whose norm is larger are scaled down to it.', 'Pascanu et al. (2013)', 1, {
    above: 0,
  }),
  'reward.name': words('How the reward profile is called.', OURS, 'starter'),
  'reward.weights.compilation': weight('compilation', 0.2),
  'reward.weights.functional': weight('functional', 0.5),
  'reward.weights.synthesis': weight('synthesis', 0.1),
  'reward.weights.reasoning': weight('reasoning', 0.15),
  'reward.weights.quality': weight('quality', 0.05),
  'reward.gating': choice('What must hold before anything, or the extras, are paid.', OURS, 'none', [
    'none',
    'compile',
    'functional',
  ]),
  'reward.functional': choice('Whether a part of the cycles pays a part, or only all of them pay.', OURS, 'graded', [
    'graded',
    'binary',
  ]),
  'reward.normalise': choice('Whether the weighted sum is divided by the sum of the weights.', OURS, 'weights', [
    'weights',
    'none',
  ]),
  'evaluation.every': whole('Steps between evaluations; 0 = only before the first and after the last step.', OURS, 10, {
    min: 0,
  }),
  'evaluation.taskCount': whole('Validation tasks of each evaluation.', OURS, 100, { min: 1 }),
  'evaluation.samples': whole('Completions of each task before the first and after the last step; between them one.', OURS, 4, {
    min: 1,
    max: 64,
  }),
  checkpointEvery: whole('Steps between checkpoints; 0 = only at the end.', OURS, 10, { min: 0 }),
  'checkpoints.keepLast': whole('Newest checkpoints that are kept; 0 = all.', OURS, 0, { min: 0, max: 1_000_000 }),
  'checkpoints.keepBest': onOff(
    'Keep, beside them, the checkpoint with the best pass@1 on validation tasks; one is saved for it if none is due.',
    OURS,
    true,
  ),
  maxApproxKl: realOrOff(
    'A step’s updates end early when the KL to the sampling policy passes this, nats a token; null = never.',
    'OpenAI Spinning Up, ppo (target_kl)',
    0.05,
    { above: 0 },
  ),
  samplerCorrection: realOrOff(
    'Truncated importance sampling: a token counts by what the trainer says of it against what the sampler said, this many times at most; costs a forward pass, and is for samplers that differ from the trainer (bfloat16). null = off.',
    'veRL, rollout_correction (2)',
    null,
    { min: 1, max: 100 },
  ),
  attackReward: onOff(
    'Before the first step, try cheats on some training tasks: each must earn less than an honest failure, or the run ends.',
    OURS,
    false,
  ),
  onAlert: choice(
    'What a severe warning does (hacking suspected, entropy collapsed, KL high): say it, or save a checkpoint and pause as well.',
    OURS,
    'warn',
    ['warn', 'pause'],
  ),
}

/** All settings of a run with an algorithm, by their path in its config. */
export function settingsOf(algorithm: AlgorithmName): Readonly<Record<string, Setting>> {
  const own = Object.entries(ALGORITHM_SETTINGS[algorithm]).map(([field, setting]) => [`algorithm.${field}`, setting] as const)
  return { ...RUN_SETTINGS, ...Object.fromEntries(own) }
}

export { ALGORITHM_NAMES, ALGORITHM_SETTINGS }
