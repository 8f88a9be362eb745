/** What decides the functional score. It stands apart from the schemas, so that screens can name them without carrying a validator. */

/**
 * netlist: our simulator on the netlist · testbench: an event-driven simulator, in the sandbox · both: no reward where they disagree.
 */
export const JUDGES = ['netlist', 'testbench', 'both'] as const
export type Judge = (typeof JUDGES)[number]
