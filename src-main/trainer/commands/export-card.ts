/** The README beside an exported model: what it is, where it comes from, how it is loaded. */
import { ALGORITHM_TITLES } from '#contract/algorithm-names'
import { basename } from 'node:path'
import type { ExportFormat } from '#contract/export-formats'
import type { ExportRequest } from '#contract/model-export'
import type { RunConfig } from '#contract/run-config'

export interface ExportedModel {
  readonly config: RunConfig
  readonly request: ExportRequest
  readonly step: number
}

export function exportCard(model: ExportedModel): string {
  const { config, request, step } = model
  const base = nameOf(config.model)
  return `---
pipeline_tag: text-generation
library_name: ${{ adapter: 'peft', merged: 'transformers', onnx: 'onnx' }[request.format]}
tags: [verilog, reinforcement-learning]
---

# ${config.name}, step ${step}

${WHAT[request.format](model)} Trained with VeriTune by ${ALGORITHM_TITLES[config.algorithm.name]} on the tasks of "${nameOf(config.dataset.id)}", from the base "${base}".

## Load it

\`\`\`python
${LOADING[request.format](model)}
\`\`\`

## How it was trained

\`\`\`json
${JSON.stringify(settingsOf(config), null, 2)}
\`\`\`

## Licence

These weights are made from those of "${base}": the base's licence says what may be done with them${
    request.format === 'adapter' ? '' : ', and lies beside this file where the base had one'
  }. VeriTune adds no terms of its own.
`
}

/** Folders of a person's machine are nobody else's affair. */
function nameOf(path: string): string {
  return basename(path)
}

const WHAT: Readonly<Record<ExportFormat, (model: ExportedModel) => string>> = {
  adapter: ({ config }) =>
    `A LoRA adapter in PEFT's format, rank ${config.lora?.rank}, alpha ${config.lora?.alpha}, on all linear layers of the decoder.`,
  merged: ({ config, request }) => {
    const how = config.lora === null ? 'all weights were trained' : 'the trained LoRA adapter is added to the weights of the base'
    return `A whole model in ${request.dtype}: ${how}.`
  },
  onnx: ({ request }) =>
    `A whole model as an ONNX graph for ONNX Runtime (some of its operators are that runtime's own): \`input_ids\` [1, ${request.lengthTokens}] int64 to \`logits\` [1, ${request.lengthTokens}, vocabulary] float32. Pad a shorter text at its right with any token and read the logits at its last own token; there is no key and value cache.`,
}

const LOADING: Readonly<Record<ExportFormat, (model: ExportedModel) => string>> = {
  adapter: () => `from peft import PeftModel
from transformers import AutoModelForCausalLM

base = AutoModelForCausalLM.from_pretrained("path or name of the base")
model = PeftModel.from_pretrained(base, "this folder")`,
  merged: () => `from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained("this folder", dtype="auto")
tokenizer = AutoTokenizer.from_pretrained("this folder")`,
  onnx: ({ request }) => `import numpy, onnxruntime

session = onnxruntime.InferenceSession("this folder/model.onnx")
ids = numpy.zeros((1, ${request.lengthTokens}), numpy.int64)  # the text's tokens, then padding
(logits,) = session.run(["logits"], {"input_ids": ids})`,
}

function settingsOf({
  seed,
  steps,
  promptsPerStep,
  groupSize,
  judge,
  algorithm,
  lora,
  sampling,
  optimizer,
  reward,
}: RunConfig): object {
  return { seed, steps, promptsPerStep, groupSize, judge, algorithm, lora, sampling, optimizer, reward }
}
