/**
 * Graph -> bytes of an ONNX model. Field numbers are those of onnx.proto (ONNX 1.16, IR version 10, operator set 21), of which
 * only the messages that we write are declared.
 */
import protobuf from 'protobufjs'
import { checkGraph } from './checker.ts'
import type { DataType, Graph, Node, Shape, Value } from './graph.ts'
import type { OnnxForm } from './ops/operator.ts'
import { ELEMENT_TYPE } from './ops/stored.ts'
import { OPERATORS } from './ops/table.ts'
import { resultsLast } from './order.ts'

const SCHEMA = `syntax = "proto3"; package onnx;
message AttributeProto { string name = 1; float f = 2; int64 i = 3; bytes s = 4; repeated float floats = 7; repeated int64 ints = 8; int32 type = 20; }
message StringStringEntryProto { string key = 1; string value = 2; }
message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; repeated StringStringEntryProto external_data = 13; int32 data_location = 14; }
message Dimension { int64 dim_value = 1; }
message TensorShapeProto { repeated Dimension dim = 1; }
message TensorType { int32 elem_type = 1; TensorShapeProto shape = 2; }
message TypeProto { TensorType tensor_type = 1; }
message ValueInfoProto { string name = 1; TypeProto type = 2; }
message NodeProto { repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated AttributeProto attribute = 5; string domain = 7; }
message GraphProto { repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5; repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12; }
message OperatorSetIdProto { string domain = 1; int64 version = 2; }
message ModelProto { int64 ir_version = 1; string producer_name = 2; GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8; }`

const MODEL = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('onnx.ModelProto')

const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const

/** Where the bytes of a tensor lie: a file beside the model, in bytes from its beginning. */
export interface ExternalPlace {
  readonly file: string
  readonly offset: number
  readonly length: number
}

/**
 * Bytes of the model; nodes that no output needs are left out. Inputs that `external` names become constants whose bytes lie in another file.
 * Throws as checkGraph does.
 */
export function serialize(graph: Graph, external: ReadonlyMap<string, ExternalPlace> = new Map()): Uint8Array {
  checkGraph(graph)
  const { nodes, used } = neededNodes(graph)
  const writer = new GraphWriter()
  for (const node of resultsLast(nodes, readInputs)) writer.addNode(node)
  for (const { name, value } of graph.outputs) writer.addPlain('Identity', [value.name], [name])
  const initializers = graph.constants
    .filter(({ value }) => used.has(value))
    .map(({ value, data }) => tensor(value.name, value.dtype, value.shape, data))
  const inputs = graph.inputs.filter((input) => used.has(input))
  const outside = inputs.filter(({ name }) => external.has(name)).map((input) => externalTensor(input, external.get(input.name)!))
  const message = {
    ir_version: 10,
    producer_name: 'veritune',
    opset_import: [
      { domain: '', version: 21 },
      { domain: 'com.microsoft', version: 1 },
    ],
    graph: {
      name: 'veritune',
      node: writer.nodes,
      initializer: [...initializers, ...writer.extras, ...outside],
      input: inputs.filter(({ name }) => !external.has(name)).map((input) => info(input.name, input)),
      output: graph.outputs.map(({ name, value }) => info(name, value)),
    },
  }
  return MODEL.encode(MODEL.create(message)).finish()
}

/** Names of the inputs that a serialised graph keeps. */
export function usedInputs(graph: Graph): string[] {
  const { used } = neededNodes(graph)
  return graph.inputs.filter((input) => used.has(input)).map((input) => input.name)
}

export function neededNodes(graph: Graph): { nodes: Node[]; used: ReadonlySet<Value> } {
  const used = new Set(graph.outputs.map(({ value }) => value))
  const nodes: Node[] = []
  for (const node of graph.nodes.slice().reverse()) {
    if (!node.outputs.some((output) => used.has(output))) continue
    nodes.push(node)
    for (const input of readInputs(node)) used.add(input)
  }
  return { nodes: nodes.reverse(), used }
}

export function readInputs(node: Node): readonly Value[] {
  return node.inputs.slice(0, OPERATORS[node.operator].onnx(node).inputCount)
}

class GraphWriter {
  readonly nodes: object[] = []
  readonly extras: object[] = []
  readonly #extraNames = new Map<string, string>()

  addNode(node: Node): void {
    const form = OPERATORS[node.operator].onnx(node)
    const inputs = [...readInputs(node).map((input) => input.name), ...(form.extra ?? []).map((list) => this.#indexList(list))]
    this.nodes.push({
      input: inputs,
      output: node.outputs.map((output) => output.name),
      name: `${node.operator}_${this.nodes.length}`,
      op_type: form.type,
      domain: form.domain ?? '',
      attribute: attributesOf(form),
    })
  }

  addPlain(type: string, input: string[], output: string[]): void {
    this.nodes.push({ input, output, name: `${type}_${this.nodes.length}`, op_type: type })
  }

  /** An int64 initialiser, shared by all nodes that need the same list. */
  #indexList(list: readonly number[]): string {
    const key = list.join()
    const known = this.#extraNames.get(key)
    if (known !== undefined) return known
    const name = `i${this.#extraNames.size}`
    this.#extraNames.set(key, name)
    this.extras.push(tensor(name, 'int64', [list.length], BigInt64Array.from(list, BigInt)))
    return name
  }
}

function attributesOf(form: OnnxForm): object[] {
  return Object.entries(form.attributes ?? {}).map(([name, value]) => {
    if (typeof value === 'string') return { name, s: Buffer.from(value), type: ATTRIBUTE.string }
    if (typeof value !== 'number') return { name, ints: value, type: ATTRIBUTE.ints }
    return form.floats?.includes(name) ? { name, f: value, type: ATTRIBUTE.float } : { name, i: value, type: ATTRIBUTE.int }
  })
}

function tensor(name: string, dtype: DataType, shape: Shape, data: Float32Array | BigInt64Array): object {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return { name, data_type: ELEMENT_TYPE[dtype], dims: shape, raw_data: bytes }
}

const EXTERNAL = 1

function externalTensor({ name, dtype, shape }: Value, { file, offset, length }: ExternalPlace): object {
  const place = { location: file, offset: String(offset), length: String(length) }
  const entries = Object.entries(place).map(([key, value]) => ({ key, value }))
  return { name, data_type: ELEMENT_TYPE[dtype], dims: shape, external_data: entries, data_location: EXTERNAL }
}

function info(name: string, { dtype, shape }: Value): object {
  return {
    name,
    type: { tensor_type: { elem_type: ELEMENT_TYPE[dtype], shape: { dim: shape.map((extent) => ({ dim_value: extent })) } } },
  }
}
