/** Does ONNX Runtime load here, and which one is it? */
import { env, InferenceSession } from 'onnxruntime-node'

/** Throws when the package or its binary cannot be loaded. */
export function runtimeVersion(): string {
  if (typeof InferenceSession.create !== 'function') throw new Error('onnxruntime-node has no sessions')
  return env.versions.node ?? env.versions.common
}
