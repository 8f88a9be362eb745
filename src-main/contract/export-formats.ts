/** Forms of an export, by name. They stand apart from the schemas, so that screens can name them without carrying a validator. */

/**
 * adapter: PEFT's two files · merged: a Hugging Face model folder, adapter added to its base · onnx: a graph for ONNX Runtime, of fixed length.
 */
export const EXPORT_FORMATS = ['adapter', 'merged', 'onnx'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export const EXPORT_TYPES = ['float32', 'float16', 'bfloat16'] as const
export type ExportType = (typeof EXPORT_TYPES)[number]

export const EXPORT_DEFAULTS = { dtype: 'float32', lengthTokens: 256 } as const
