/**
 * The closed list of statements that a `<reason>` block may make about the design it precedes. Each can be checked against the netlist.
 * One statement a line, `key: value`. Other lines are free prose and are ignored.
 */
export const REASONING_GRAMMAR = [
  { form: 'registers: N', meaning: 'number of flip-flop bits' },
  { form: 'reset: none | sync high | sync low | async high | async low', meaning: 'kind and polarity of the reset' },
  { form: 'clock: rising | falling', meaning: 'clock edge of the registers' },
  { form: '<output>: combinational | registered', meaning: 'whether the output comes straight from registers' },
  { form: '<output>: width N', meaning: 'bits of the output port' },
  { form: 'states: N', meaning: 'number of states of the state machine' },
  { form: 'latches: none', meaning: 'no latch is inferred' },
] as const

/** The system prompt that every model gets (a chat template may leave it out for a model that was trained on the grammar). */
export const SYSTEM_PROMPT = [
  'You write synthesisable Verilog. Answer with one <reason> block and one ```verilog fence that holds exactly one module.',
  'Inside <reason>, make checkable statements about your design, one a line:',
  ...REASONING_GRAMMAR.map(({ form, meaning }) => `${form}  (${meaning})`),
].join('\n')
