/** The card that a run names, for the Python process and for what it is asked. */
import type { TorchSettings } from '../engine.ts'

/** PyTorch sees that card alone, or those between commas. ROCm knows cards by number, and a UUID only under the name of CUDA. */
export function cardEnvironment(settings: TorchSettings | undefined): Record<string, string> {
  const gpu = settings?.gpu ?? null
  if (gpu === null) return {}
  return {
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: gpu,
    ...(/^\d+(,\d+)*$/.test(gpu) && { HIP_VISIBLE_DEVICES: gpu }),
  }
}

/** Who names a card does not want the processor where it is gone. */
export function onNamedCard(settings: TorchSettings): TorchSettings {
  return settings.gpu && settings.device === 'auto' ? { ...settings, device: 'cuda' } : settings
}
