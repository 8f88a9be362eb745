/** The order in which ONNX Runtime is given nodes, and the order in which it runs them. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { Graph } from '#trainer/engines/onnx/graph/graph'
import { resultsLast } from '#trainer/engines/onnx/graph/order'
import { readInputs, serialize } from '#trainer/engines/onnx/graph/serialize'
import { temporaryFolder } from '#test/support/temporary-folder'

/** x -> exp -> neg -> sigmoid, and a sum of each of them as a result. */
function ladder(): Graph {
  const graph = new Graph()
  let x = graph.input('x', [4, 4])
  for (const [i, operator] of (['exp', 'neg', 'sigmoid'] as const).entries()) {
    x = graph.apply(operator, [x])
    graph.output(`result ${i + 1}`, graph.apply('reduceSum', [x], { axes: [0], keepdims: 0 }))
  }
  return graph
}

test('what nobody reads stands last, in reverse', () => {
  const { nodes } = ladder()
  const order = resultsLast(nodes, readInputs).map((node) => nodes.indexOf(node))
  // exp, neg and the sigmoid stand at 0, 2 and 4; the results at 1, 3 and 5.
  expect(order).toEqual([0, 2, 4, 5, 3, 1])
})

// An undocumented behaviour that the memory of a training step depends on.
test('ONNX Runtime then takes each result as soon as it can, not when all else is done', async () => {
  const folder = temporaryFolder()
  const session = await ort.InferenceSession.create(serialize(ladder()), {
    executionMode: 'sequential',
    graphOptimizationLevel: 'basic',
    enableProfiling: true,
    profileFilePrefix: join(folder, 'profile'),
  })
  await session.run({ x: new ort.Tensor('float32', new Float32Array(16), [4, 4]) })
  session.endProfiling()
  const [file] = readdirSync(folder)
  const events = JSON.parse(readFileSync(join(folder, file!), 'utf8')) as {
    cat: string
    name: string
    args: { op_name: string }
  }[]
  const ran = events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time')).map(({ args }) => args.op_name)
  expect(ran).toEqual(['Exp', 'ReduceSum', 'Neg', 'ReduceSum', 'Sigmoid', 'ReduceSum'])
})
