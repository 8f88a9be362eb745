import { describe, expect, test } from 'vitest'
import { lowerFor } from '#trainer/engines/onnx/graph/lowering'
import { caseGraphs } from '#trainer/engines/onnx/graph/self-test'
import type { Graph, Value } from '#trainer/engines/onnx/graph/graph'
import { Session, type TensorData } from '#trainer/engines/onnx/session'
import { testedGraphs } from '#trainer/engines/onnx/webgpu/self-test'

const FORBIDDEN = new Set(['logSoftmax', 'rmsNorm', 'custom'])

describe('the form of a graph for WebGPU', () => {
  test('for the CPU a graph stays itself', () => {
    const { graph } = caseGraphs('rmsNorm')[0]!
    expect(lowerFor('cpu', graph)).toBe(graph)
  })

  test('has the same inputs and outputs, and none of the operators that WebGPU does not do', () => {
    for (const { graph, name } of testedGraphs()) {
      const lowered = lowerFor('webgpu', graph)
      expect(lowered.inputs.map(named), name).toEqual(graph.inputs.map(named))
      expect(lowered.outputs.map(outputOf), name).toEqual(graph.outputs.map(outputOf))
      const fused = lowered.nodes.filter(({ operator, inputs }) => operator === 'matmul' && inputs[0]!.shape.length > 2)
      expect(fused, name).toEqual([])
      expect(
        lowered.nodes.filter(({ operator }) => FORBIDDEN.has(operator)),
        name,
      ).toEqual([])
    }
  })

  // On the CPU, so that the forms are judged everywhere; a device is judged by the self-test.
  test('says the same numbers', async () => {
    for (const { graph, data, name } of testedGraphs()) {
      const expected = await resultsOf(graph, data, name)
      const found = await resultsOf(lowerFor('webgpu', graph), data, name)
      for (const [output, numbers] of Object.entries(expected)) {
        const largest = numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 1)
        const apart = numbers.reduce((most, number, i) => Math.max(most, Math.abs(number - found[output]![i]!)), 0)
        expect(apart / largest, `${name}, ${output}`).toBeLessThan(1e-5)
      }
    }
  })
})

async function resultsOf(
  graph: Graph,
  data: ReadonlyMap<string, TensorData>,
  name: string,
): Promise<Record<string, Float32Array>> {
  const session = await Session.create(graph, { threads: 1, name })
  const results = await session.run((input) => data.get(input)!)
  await session.release()
  return results
}

function named({ name, dtype, shape }: Value): object {
  return { name, dtype, shape }
}

function outputOf({ name, value: { dtype, shape } }: Graph['outputs'][number]): object {
  return { name, dtype, shape }
}
