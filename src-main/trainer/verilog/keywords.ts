/** Words that no design may use as a name. Source: IEEE 1800-2017, annex B, without those of assertions, classes and coverage. */
const KEYWORDS = `
  accept_on alias always always_comb always_ff always_latch and assert assign assume automatic before begin bind bit break buf bufif0 bufif1 byte
  case casex casez cell chandle checker class clocking cmos config const constraint context continue cover covergroup deassign default defparam design
  disable do edge else end endcase endchecker endclass endclocking endconfig endfunction endgenerate endgroup endinterface endmodule endpackage
  endprimitive endprogram endproperty endsequence endspecify endtable endtask enum event expect export extends extern final for force foreach forever
  fork forkjoin function generate genvar global highz0 highz1 if iff ifnone import incdir include initial inout input inside instance int integer
  interface join join_any join_none large let liblist library local localparam logic longint macromodule medium modport module nand negedge new nmos nor
  noshowcancelled not notif0 notif1 null or output package packed parameter pmos posedge primitive priority program property protected pull0 pull1
  pulldown pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase rcmos real realtime ref reg release repeat restrict return rnmos rpmos
  rtran rtranif0 rtranif1 scalared sequence shortint shortreal showcancelled signed small specify specparam static string strong0 strong1 struct super
  supply0 supply1 table tagged task this throughout time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior trireg type typedef union
  unique unique0 unsigned use uwire var vectored virtual void wait wait_order wand weak0 weak1 while wildcard wire with within wor xnor xor`

const WORDS = new Set(KEYWORDS.trim().split(/\s+/))

export function isKeyword(word: string): boolean {
  return WORDS.has(word)
}
