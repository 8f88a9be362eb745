/** Builds of PyTorch that can be asked for. Without a validator, so that screens can carry it. auto: for the card that the machine shows, else the processor. cuda, rocm: refused where no such card can be used. */
export const TORCH_BACKENDS = ['auto', 'cpu', 'cuda', 'rocm'] as const
export type TorchBackend = (typeof TORCH_BACKENDS)[number]
