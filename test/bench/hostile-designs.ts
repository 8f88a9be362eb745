/** Designs that attack the tools: time, memory, files, verdicts. Each is a function of the module's name, so that the guard's name rule is no help. */

type Design = (name: string) => string

const header = (name: string): string => `module ${name}(input clk, output reg y);`

export function hostileDesigns(): readonly Design[] {
  return [
    (name) => `${header(name)} genvar i; generate for (i = 0; i < 1; i = i) begin : g wire w; end endgenerate endmodule`,
    (name) =>
      `${header(name)} genvar i; generate for (i = 0; i < 200000000; i = i + 1) begin : g wire w; end endgenerate endmodule`,
    (name) => `${header(name)} reg [63:0] memory [0:1073741823]; always @(posedge clk) y <= memory[0][0]; endmodule`,
    (name) => `${header(name)} wire [1999999999:0] wide; always @* y = wide[7]; endmodule`,
    (name) => `${header(name)} localparam [99999999:0] P = 3 ** 99999999; always @* y = P[0]; endmodule`,
    (name) =>
      `${header(name)} function integer f(input integer a); begin f = a; while (1) f = f + 1; end endfunction localparam Q = f(1); always @* y = Q; endmodule`,
    (name) =>
      `${header(name)} function integer f(input integer a); f = f(a + 1); endfunction localparam Q = f(1); always @* y = Q; endmodule`,
    (name) => `${header(name)} wire z; ${name} again(.clk(clk), .y(z)); always @* y = z; endmodule`,
    (name) => `${header(name)} always @* y = ${'('.repeat(20_000)}clk${')'.repeat(20_000)}; endmodule`,
    (name) => `${header(name)} initial begin $display("Mismatches: 0 in 9 samples"); $finish; end endmodule`,
    (name) => `${header(name)} initial $readmemh("/etc/passwd", y); endmodule`,
    (name) => `\`include "/etc/passwd"\n${header(name)} endmodule`,
    (name) => `\`define A x x x x x x x x x x\n${header(name)} endmodule`,
    (name) => `${header(name)} initial forever y = ~y; endmodule`,
    (name) => `${header(name)} always @* y = ~y; endmodule`,
    (name) => `${header(name)} ${'wire w; '.repeat(9_000)} endmodule`,
    (name) => `${header(name)} /* never closed`,
    (name) => `module ${name}; endmodule module ${name}; endmodule`,
    (name) =>
      `${header(name)} integer i; always @* begin y = 0; for (i = 0; i < 100000000; i = i + 1) y = y ^ clk; end endmodule`,
    (name) => `${header(name)} assign y = tb.expected; endmodule`,
  ]
}
