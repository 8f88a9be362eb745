/** Small designs for data sets that tests make: each with its words, its header and its body. */

export interface FixtureDesign {
  readonly name: string
  readonly words: string
  /** Port list as it stands in an ANSI header. */
  readonly ports: string
  readonly body: string
  /** A mistake: text of the body -> what stands there instead. */
  readonly mistake: readonly [from: string, to: string]
}

const clocked = (body: string): string => `  always @(posedge clk)\n    if (rst) q <= 0;\n    else ${body}`

export const DESIGNS: readonly FixtureDesign[] = [
  {
    name: 'and_three',
    words: 'y is the AND of a, b and c.',
    ports: 'input a, input b, input c, output y',
    body: '  assign y = a & b & c;',
    mistake: ['& c', '| c'],
  },
  {
    name: 'nor_pair',
    words: 'y is the NOR of a and b, bit by bit.',
    ports: 'input [3:0] a, input [3:0] b, output [3:0] y',
    body: '  assign y = ~(a | b);',
    mistake: ['~(a | b)', 'a | b'],
  },
  {
    name: 'pick_one',
    words: 'y is a when s is 0, else b.',
    ports: 'input s, input [7:0] a, input [7:0] b, output [7:0] y',
    body: '  assign y = s ? b : a;',
    mistake: ['b : a', 'a : b'],
  },
  {
    name: 'plus_carry',
    words: 'The sum of a and b with carry in; cout is the carry out.',
    ports: 'input [3:0] a, input [3:0] b, input cin, output [3:0] sum, output cout',
    body: '  assign {cout, sum} = a + b + cin;',
    mistake: ['+ cin', '- cin'],
  },
  {
    name: 'minus',
    words: 'y is a minus b, modulo 256.',
    ports: 'input [7:0] a, input [7:0] b, output [7:0] y',
    body: '  assign y = a - b;',
    mistake: ['a - b', 'b - a'],
  },
  {
    name: 'larger',
    words: 'y is 1 when a is larger than b; both are signed.',
    ports: 'input signed [3:0] a, input signed [3:0] b, output y',
    body: '  assign y = a > b;',
    mistake: ['>', '>='],
  },
  {
    name: 'odd_ones',
    words: 'y is 1 when a has an odd number of ones.',
    ports: 'input [6:0] a, output y',
    body: '  assign y = ^a;',
    mistake: ['^a', '~^a'],
  },
  {
    name: 'to_gray',
    words: 'y is a in Gray code.',
    ports: 'input [3:0] a, output [3:0] y',
    body: '  assign y = a ^ (a >> 1);',
    mistake: ['>> 1', '>> 2'],
  },
  {
    name: 'one_of_four',
    words: 'Bit a of y is 1 while en is 1, all others are 0.',
    ports: 'input [1:0] a, input en, output [3:0] y',
    body: "  assign y = en ? 4'b0001 << a : 4'b0000;",
    mistake: ["4'b0001 <<", "4'b0010 <<"],
  },
  {
    name: 'count_ones',
    words: 'y is the number of ones in a.',
    ports: 'input [4:0] a, output [2:0] y',
    body: '  assign y = a[0] + a[1] + a[2] + a[3] + a[4];',
    mistake: ['+ a[4]', ''],
  },
  {
    name: 'turned_around',
    words: 'y is a with its bits in reverse order.',
    ports: 'input [3:0] a, output [3:0] y',
    body: '  assign y = {a[0], a[1], a[2], a[3]};',
    mistake: ['a[0], a[1]', 'a[1], a[0]'],
  },
  {
    name: 'no_more_than',
    words: 'y is a, but at most 9.',
    ports: 'input [3:0] a, output [3:0] y',
    body: "  assign y = a > 4'd9 ? 4'd9 : a;",
    mistake: ["> 4'd9", "> 4'd8"],
  },
  {
    name: 'highest_set',
    words: 'y is the number of the highest bit of a that is 1; v is 0 when there is none.',
    ports: 'input [3:0] a, output reg [1:0] y, output v',
    body: "  assign v = |a;\n  always @(*)\n    casez (a)\n      4'b1???: y = 3;\n      4'b01??: y = 2;\n      4'b001?: y = 1;\n      default: y = 0;\n    endcase",
    mistake: ['y = 2', 'y = 3'],
  },
  {
    name: 'hold_value',
    words: 'A register with synchronous reset and enable.',
    ports: 'input clk, input rst, input en, input [3:0] d, output reg [3:0] q',
    body: clocked('if (en) q <= d;'),
    mistake: ['if (en) ', ''],
  },
  {
    name: 'count_up',
    words: 'Counts up from 0 modulo 16; synchronous reset.',
    ports: 'input clk, input rst, output reg [3:0] q',
    body: clocked('q <= q + 1;'),
    mistake: ['q + 1', 'q + 2'],
  },
  {
    name: 'count_to_nine',
    words: 'Counts from 0 to 9 and again; synchronous reset.',
    ports: 'input clk, input rst, output reg [3:0] q',
    body: clocked("q <= q == 4'd9 ? 0 : q + 1;"),
    mistake: ["4'd9", "4'd10"],
  },
  {
    name: 'shift_in',
    words: 'Shifts d in at the lowest bit; synchronous reset.',
    ports: 'input clk, input rst, input d, output reg [3:0] q',
    body: clocked('q <= {q[2:0], d};'),
    mistake: ['{q[2:0], d}', '{d, q[3:1]}'],
  },
  {
    name: 'rising',
    words: 'q is 1 for one cycle after d rose; synchronous reset.',
    ports: 'input clk, input rst, input d, output reg q',
    body: "  reg earlier;\n  always @(posedge clk)\n    if (rst) {q, earlier} <= 2'b00;\n    else begin\n      earlier <= d;\n      q <= d & ~earlier;\n    end",
    mistake: ['d & ~earlier', '~d & earlier'],
  },
  {
    name: 'toggling',
    words: 'q turns over while t is 1; synchronous reset.',
    ports: 'input clk, input rst, input t, output reg q',
    body: clocked('if (t) q <= ~q;'),
    mistake: ['if (t) q', 'if (!t) q'],
  },
  {
    name: 'add_up',
    words: 'Adds d to q in each cycle, modulo 256; synchronous reset.',
    ports: 'input clk, input rst, input [3:0] d, output reg [7:0] q',
    body: clocked('q <= q + d;'),
    mistake: ['q + d', 'q - d'],
  },
  {
    name: 'feedback',
    words: 'A linear feedback shift register of four bits; reset sets it to 1.',
    ports: 'input clk, input rst, output reg [3:0] q',
    body: "  always @(posedge clk)\n    if (rst) q <= 4'd1;\n    else q <= {q[2:0], q[3] ^ q[2]};",
    mistake: ['q[3] ^ q[2]', 'q[3] ^ q[1]'],
  },
  {
    name: 'two_in_a_row',
    words: 'q is 1 when d was 1 in this cycle and the one before; synchronous reset.',
    ports: 'input clk, input rst, input d, output reg q',
    body: "  reg earlier;\n  always @(posedge clk)\n    if (rst) {q, earlier} <= 2'b00;\n    else begin\n      earlier <= d;\n      q <= d & earlier;\n    end",
    mistake: ['d & earlier', 'd | earlier'],
  },
]

export function moduleText({ ports, body }: FixtureDesign, name: string): string {
  return `module ${name}(${ports});\n${body}\nendmodule\n`
}

export function withMistake(design: FixtureDesign): FixtureDesign {
  const [from, to] = design.mistake
  if (!design.body.includes(from)) throw new Error(`${design.name}: its mistake is nowhere to be made`)
  return { ...design, body: design.body.replace(from, to) }
}

export interface FixturePort {
  readonly direction: 'input' | 'output'
  readonly name: string
  readonly range: string
}

export function portsOf({ ports }: FixtureDesign): FixturePort[] {
  return ports.split(', ').map((text) => {
    const [, direction, range = '', name] = /^(input|output)(?: reg| signed)*( \[\d+:0\])? (\w+)$/.exec(text)!
    return { direction: direction as 'input' | 'output', name: name!, range }
  })
}

/**
 * A testbench body that plays 200 cycles to two modules and counts where they differ in `errors`, of `samples`; `verdict` is played at the end.
 * `also` is played at each sample.
 */
export function comparingTestbench(
  design: FixtureDesign,
  names: { readonly top: string; readonly golden: string; readonly dut: string },
  verdict: string,
  also = '',
): string {
  const ports = portsOf(design)
  const inputs = ports.filter(({ direction }) => direction === 'input')
  const outputs = ports.filter(({ direction }) => direction === 'output')
  const isClocked = inputs.some(({ name }) => name === 'clk')
  const driven = inputs.filter(({ name }) => name !== 'clk' && name !== 'rst')
  const list = (kind: string): string =>
    [...inputs.map(({ name }) => `.${name}(${name})`), ...outputs.map(({ name }) => `.${name}(${name}_${kind})`)].join(', ')
  const all = (kind: string): string => `{${outputs.map(({ name }) => `${name}_${kind}`).join(', ')}}`
  const sample = `samples = samples + 1; if (${all('gold')} !== ${all('dut')}) errors = errors + 1; ${also}`
  const drive = driven.map(({ name }) => `${name} = $random(seed);`).join(' ')
  return `module ${names.top};
${inputs.map(({ name, range }) => `  reg${range} ${name};`).join('\n')}
${outputs.map(({ name, range }) => `  wire${range} ${name}_gold, ${name}_dut;`).join('\n')}
  integer errors, samples, i, seed, file;
  ${names.golden} golden(${list('gold')});
  ${names.dut} uut(${list('dut')});
  initial begin
    errors = 0; samples = 0; seed = 7;
    ${inputs.map(({ name }) => `${name} = 0;`).join(' ')}
    ${isClocked ? 'rst = 1; #5 clk = 1; #5 clk = 0; #5 clk = 1; #5 clk = 0; rst = 0;' : ''}
    for (i = 0; i < 200; i = i + 1) begin
      ${drive}
      #5 ${isClocked ? `clk = 1; #1 ${sample} #4 clk = 0;` : sample}
    end
    ${verdict}
    $finish;
  end
endmodule
`
}
