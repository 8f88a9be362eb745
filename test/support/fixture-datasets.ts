/** Data sets in the layouts of public ones, made of our own small designs, with what is odd about those sets. Tests write them into a folder of their own. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Badge } from '#contract/badges'
import { comparingTestbench, DESIGNS, moduleText, withMistake } from './fixture-designs.ts'

export interface FixtureSet {
  /** File name -> text. */
  readonly files: Readonly<Record<string, string>>
  /** Task id -> badge where the native tools are there. */
  readonly badges: Readonly<Record<string, Badge>>
}

export function writeFiles(folder: string, files: FixtureSet['files']): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/** Which designs of a set are spoilt, and how. */
type Spoil = 'fine' | 'wrong-reference' | 'credulous-testbench' | 'no-reference'
const spoilOf = (i: number): Spoil =>
  i === 3 ? 'wrong-reference' : i === 7 ? 'credulous-testbench' : i === 11 ? 'no-reference' : 'fine'
const BADGES: Readonly<Record<Spoil, Badge>> = {
  fine: 'healthy',
  'wrong-reference': 'reference-fails',
  'credulous-testbench': 'judge-fooled',
  'no-reference': 'not-run',
}

/** Two-line verdicts of VerilogEval's testbenches, hints before them. */
const MISMATCHES = `$display("Hint: Total mismatched samples is %0d out of %0d samples\\n", errors, samples);
    $display("Simulation finished at %0d ps", $time);
    $display("Mismatches: %0d in %0d samples", errors, samples);`

export function verilogEvalV2Set(subset: 'spec-to-rtl' | 'code-complete-iccad2023'): FixtureSet {
  const folder = `dataset_${subset}`
  const files: Record<string, string> = {
    LICENSE: 'Permission is hereby granted, free of charge, to any person',
    [`${folder}/problems-temp.txt`]: 'Prob001_x\n',
    [`${folder}/Prob062_bugs_mux2.sv`]: 'module old; endmodule\n',
    // Parts whose others are missing.
    [`${folder}/Prob998_lonely_prompt.txt`]: 'Nobody knows.\n',
    [`${folder}/Prob999_lonely_ref.sv`]: 'module RefModule; endmodule\n',
    [`${folder}/problems.txt`]: DESIGNS.map((_, i) => `Prob${i}`).join('\n'),
  }
  const badges: Record<string, Badge> = {}
  DESIGNS.forEach((design, i) => {
    const spoil = spoilOf(i)
    const stem = `${folder}/Prob${String(i + 1).padStart(3, '0')}_${design.name}`
    const header = `module TopModule (${design.ports});`
    const isCompletion = subset === 'code-complete-iccad2023'
    files[`${stem}_prompt.txt`] = `\nI want a module named TopModule: ${design.words}\n${isCompletion ? `\n${header}\n` : ''}`
    if (isCompletion) files[`${stem}_ifc.txt`] = `${header}\n`
    const reference = moduleText(design, 'RefModule')
    if (spoil !== 'no-reference') files[`${stem}_ref.sv`] = `\n${reference}`
    // A testbench of its own mind: other ports than the reference has.
    const golden = spoil === 'wrong-reference' ? 'RefModule_missing' : 'RefModule'
    const bench = comparingTestbench(design, { top: 'tb', golden, dut: 'TopModule' }, MISMATCHES)
    const credulous = bench.replace(MISMATCHES, 'errors = 0; ' + MISMATCHES)
    files[`${stem}_test.sv`] = `\`timescale 1 ps/1 ps\n${spoil === 'credulous-testbench' ? credulous : bench}`
    badges[`${stem.replace('dataset_', '')}`] = BADGES[spoil]
  })
  return { files, badges }
}

export function verilogEvalV1Set(): FixtureSet {
  const badges: Record<string, Badge> = {}
  const rows = DESIGNS.map((design, i) => {
    const spoil = spoilOf(i)
    const bench = comparingTestbench(design, { top: 'tb', golden: 'reference_module', dut: 'top_module' }, MISMATCHES)
    const said = spoil === 'credulous-testbench' ? bench.replace(MISMATCHES, 'errors = 0; ' + MISMATCHES) : bench
    const { body } = spoil === 'wrong-reference' ? withMistake(design) : design
    badges[`human/${design.name}`] = BADGES[spoil]
    return {
      task_id: design.name,
      prompt: `module top_module (${design.ports});\n`,
      canonical_solution: spoil === 'no-reference' ? '' : `\n${body}\n\nendmodule\n`,
      test: `\`timescale 1 ps/1 ps\n${moduleText(design, 'reference_module')}\n${said}`,
    }
  })
  const words = DESIGNS.map(({ name, words: text }) => ({ task_id: name, detail_description: text }))
  // The other subset has the same tasks in other words.
  const machine = rows.slice(0, 3)
  for (const { task_id: id } of machine) badges[`machine/${id}`] = 'healthy'
  const machineWords = words.slice(0, 3).map((row) => ({ ...row, detail_description: `Clearly: ${row.detail_description}` }))
  return {
    files: {
      'data/VerilogEval_Human.jsonl': jsonLines(rows),
      'data/VerilogEval_Machine.jsonl': jsonLines(machine),
      'descriptions/VerilogDescription_Human.jsonl': jsonLines(words),
      'descriptions/VerilogDescription_Machine.jsonl': jsonLines(machineWords),
    },
    badges,
  }
}

export function rtllmSet(): FixtureSet {
  const files: Record<string, string> = {
    '_chatgpt35/and_three/design_description.txt': 'old',
    '_chatgpt4/and_three/design_description.txt': 'old',
    '_pic/design_description.txt': 'old',
    LICENSE: 'MIT License\n\nPermission is hereby granted, free of charge',
  }
  const badges: Record<string, Badge> = {}
  const categories = ['Arithmetic/Logic', 'Memory/Shifter', 'Control/Counter', 'Miscellaneous/Others']
  DESIGNS.forEach((design, i) => {
    const spoil = spoilOf(i)
    const folder = `${categories[i % 4]}/${design.name}`
    const passed = i % 2 === 0 ? '===========Your Design Passed===========' : '=========== Your Design Passed ==========='
    const verdict = `if (errors == 0) $display("${passed}"); else $display("===========Test completed with %d /%d failures===========", errors, samples);`
    const golden = moduleText(design, `golden_${design.name}`)
    const bench = comparingTestbench(design, { top: 'testbench', golden: `golden_${design.name}`, dut: design.name }, verdict)
    // A verdict that only the substring rule would take for one.
    const substring = bench.replace(verdict, '$display("first check passed, last check failed: %0d", errors);')
    const credulous = bench.replace('if (errors == 0)', 'if (errors >= 0)')
    const isSubstring = i === 14
    files[`${folder}/design_description.txt`] =
      `Please act as a professional Verilog designer.\n\n${design.words}\n\nModule name:\n    ${design.name}\n\nGive me the complete code.\n`
    files[`${folder}/testbench.v`] =
      `\`timescale 1ns/1ns\n${golden}${isSubstring ? substring : spoil === 'credulous-testbench' ? credulous : bench}`
    files[`${folder}/makefile`] = 'all:\n'
    const named = i % 3 === 0 ? `verified_${design.name}` : i % 3 === 1 ? design.name : `verified_${design.name}_old`
    const reference = moduleText(spoil === 'wrong-reference' ? withMistake(design) : design, named)
    if (spoil !== 'no-reference') files[`${folder}/verified_${design.name}.v`] = reference
    badges[design.name] = isSubstring ? 'reference-fails' : BADGES[spoil]
  })
  return {
    files: { ...files, ...sideFileDesign(), ...subModuleDesign(), ...leftoverDesign() },
    badges: { ...badges, from_file: 'healthy', two_parts: 'healthy', kept_parts: 'healthy' },
  }
}

/** A testbench that reads its vectors from a file beside it. */
function sideFileDesign(): Record<string, string> {
  const bench = `module main;
  reg [7:0] data [0:3]; reg [7:0] a; wire [7:0] y; integer i, errors;
  from_file uut(.a(a), .y(y));
  initial begin
    errors = 0;
    $readmemh("vectors.dat", data);
    for (i = 0; i < 4; i = i + 1) begin
      a = data[i];
      #1 if (y !== ~data[i]) errors = errors + 1;
    end
    if (errors == 0) $display("===========Your Design Passed==========="); else $display("===========Error===========");
  end
endmodule
`
  const folder = 'Memory/Shifter/from_file'
  return {
    [`${folder}/design_description.txt`]: 'y is the complement of a.\n\nModule name:\n    from_file\n',
    [`${folder}/testbench.v`]: bench,
    [`${folder}/vectors.dat`]: '01 80\nff 3c\n',
    [`${folder}/verified_from_file.v`]:
      'module verified_from_file(input [7:0] a, output [7:0] y);\n  assign y = ~a;\nendmodule\n',
  }
}

/** A reference of two modules, its top under another name, with a delay and a macro that no completion may use. */
function subModuleDesign(): Record<string, string> {
  const bench = `module tb; reg [1:0] a; wire y; integer i, errors;
  two_parts uut(.a(a), .y(y));
  initial begin
    errors = 0;
    for (i = 0; i < 4; i = i + 1) begin a = i; #10 if (y !== ^a) errors = errors + 1; end
    if (errors == 0) $display("===========Your Design Passed==========="); else $display("===========Error===========");
  end
endmodule
`
  const folder = 'Arithmetic/Logic/two_parts'
  return {
    [`${folder}/design_description.txt`]: 'y is the parity of a.\n\nModule name:\n    two_parts\n',
    [`${folder}/testbench.v`]: bench,
    [`${folder}/verified_two_parts.v`]: `module verified_parts(input [1:0] a, output y);
  half u(.a(a[0]), .b(a[1]), .y(y));
endmodule
module half(input a, input b, output y);
  assign y = a ^ b;
endmodule
`,
  }
}

/** A reference with a module that nothing uses, and the third way to say that it failed. */
function leftoverDesign(): Record<string, string> {
  const folder = 'Control/Counter/kept_parts'
  return {
    [`${folder}/design_description.txt`]: 'y is the OR of both bits of a.\n\nModule name:\n    kept_parts\n',
    [`${folder}/testbench.v`]: `module tb; reg [1:0] a; wire y; integer i, errors;
  kept_parts uut(.a(a), .y(y));
  initial begin
    errors = 0;
    for (i = 0; i < 4; i = i + 1) begin a = i; #10 if (y !== |a) errors = errors + 1; end
    if (errors == 0) $display("===========Your Design Passed==========="); else $display("===========Failed===========");
  end
endmodule
`,
    [`${folder}/verified_kept_parts.v`]: `module unused(input a, output y);
  assign y = !a;
endmodule
module verified_kept(input [1:0] a, output y);
  assign y = |a; // not verified_kept of old
endmodule
`,
  }
}

export function vgenSet(): FixtureSet {
  const files: Record<string, string> = {
    'prompts-summary.txt': 'x',
    'basic1/and_three': '\x7fELF\0',
    // Beside an answer that goes by another name.
    'advanced1/test-example.v': 'module example; endmodule\n',
    'basic1/.DS_Store': '\0',
    'basic1/dump.vcd': '$date',
  }
  const badges: Record<string, Badge> = {}
  DESIGNS.forEach((design, i) => {
    const spoil = spoilOf(i)
    const folder = `${['basic', 'intermediate', 'advanced'][i % 3]}${1 + Math.floor(i / 3)}`
    const header = `module ${design.name}(${design.ports});`
    for (const level of [1, 2, 3]) {
      files[`${folder}/prompt${level}_${design.name}.v`] =
        `// ${design.words.slice(0, level === 1 ? 20 : undefined)}\n${header}\n${level === 3 ? '// write the body\n' : ''}`
      badges[`${folder}/prompt${level}`] = BADGES[spoil]
    }
    const verdict =
      i % 2 === 0
        ? 'if (errors == 0) $display("all tests passed"); else $display("some tests failed");'
        : '$display("Test Summary: %0d/%0d tests passed", samples - errors, samples);'
    const golden = moduleText(design, `golden_${design.name}`)
    const bench = comparingTestbench(
      design,
      { top: `tb_${design.name}`, golden: `golden_${design.name}`, dut: design.name },
      verdict,
    )
    const credulous = bench.replace(verdict, 'errors = 0; ' + verdict)
    files[`${folder}/tb_${design.name}.v`] = golden + (spoil === 'credulous-testbench' ? credulous : bench)
    const answer = moduleText(spoil === 'wrong-reference' ? withMistake(design) : design, design.name)
    // The answer of one problem goes by another name.
    if (spoil !== 'no-reference') files[`${folder}/${i === 2 ? 'advfsm' : `answer_${design.name}`}.v`] = answer
  })
  // Its testbench brings the module that it should try.
  files['basic9/prompt1_own.v'] = '// y is a\nmodule own(input a, output y);\n'
  files['basic9/answer_own.v'] = 'module own(input a, output y);\n  assign y = a;\nendmodule\n'
  files['basic9/tb_own.v'] =
    'module own(input a, output y);\n  assign y = a;\nendmodule\nmodule tb; reg a; wire y; own u(a, y);\n  initial $display("all tests passed");\nendmodule\n'
  // Its answer is to another problem.
  files['procedures7/prompt3_halves.v'] = '// y is the upper half of a\nmodule halves(input [7:0] a, output [3:0] y);\n'
  files['procedures7/answer_halves.v'] = 'module first_bits(input [3:0] a, output y);\n  assign y = a[0];\nendmodule\n'
  files['procedures7/tb_halves.v'] = tryingTestbench('halves', '[7:0]', '[3:0]', 'a[7:4]')
  // Its testbench looks inside.
  files['modules1/prompt3_inside.v'] =
    '// y is the complement of a; name the wire between two inverters of three "middle"\nmodule inside_wire(input a, output y);\n'
  files['modules1/answer_inside.v'] =
    'module inside_wire(input a, output y);\n  wire middle;\n  assign middle = a;\n  assign y = ~middle;\nendmodule\n'
  files['modules1/tb_inside.v'] = tryingTestbench('inside_wire', '', '', '~uut.middle')
  return {
    files,
    badges: {
      ...badges,
      'basic9/prompt1': 'reference-fails',
      'procedures7/prompt3': 'reference-fails',
      'modules1/prompt3': 'healthy',
    },
  }
}

/** Counts how often `y` is what it should be. */
function tryingTestbench(dut: string, inputRange: string, outputRange: string, expected: string): string {
  return `module tb; reg ${inputRange} a; wire ${outputRange} y; integer i, good;
  ${dut} uut(.a(a), .y(y));
  initial begin
    good = 0;
    for (i = 0; i < 8; i = i + 1) begin a = i * 37; #1 if (y === (${expected})) good = good + 1; end
    $display("Test Summary: %0d/8 tests passed", good);
  end
endmodule
`
}

/** `vectorsOf` gives what a testbench writes to test_vectors.txt for a module. */
export function veriReasonSet(vectorsOf: (testbench: string, code: string) => string): FixtureSet {
  const badges: Record<string, Badge> = {}
  const rows = DESIGNS.map((design, i) => {
    const spoil = spoilOf(i)
    const outputs =
      '{' +
      design.ports
        .split(', ')
        .filter((port) => port.startsWith('output'))
        .map((port) => `${port.split(' ').at(-1)}_dut`)
        .join(', ') +
      '}'
    const golden = moduleText(design, `golden_${design.name}`)
    const names = { top: 'testbench', golden: `golden_${design.name}`, dut: design.name }
    const writing = comparingTestbench(
      design,
      names,
      '$fclose(file);',
      `$fdisplay(file, "%0d  %h", i, ${spoil === 'credulous-testbench' ? '1' : outputs});`,
    )
    const bench = golden + writing.replace('errors = 0; samples', 'file = $fopen("test_vectors.txt", "w"); errors = 0; samples')
    const code = moduleText(design, design.name)
    badges[`set-${i + 1}`] = BADGES[spoil]
    const answer = spoil === 'wrong-reference' ? moduleText(withMistake(design), design.name) : code
    return {
      instruction: `${design.words} The module is called ${design.name}.`,
      output: spoil === 'no-reference' ? 'I do not know.' : `<think>so</think>\n\`\`\`verilog\n${answer}\`\`\`\n`,
      tb: bench,
      tb_result: vectorsOf(bench, code),
    }
  })
  return { files: { 'set.jsonl': jsonLines(rows) }, badges: without(badges, 'set-12') }
}

/** Rows of CodeV-R1: two without a JSON ground truth. */
export function verlSet(): FixtureSet {
  const badges: Record<string, Badge> = {}
  const rows = DESIGNS.map((design, i) => {
    const code = i === 3 ? 'module broken(input a, output y);\n  assign y = ;\nendmodule' : moduleText(design, design.name)
    badges[`train-${i}`] = i === 3 ? 'reference-fails' : 'healthy'
    const truth = {
      answer: {
        code,
        input_port_width: [['a', 1]],
        output_port_width: [['y', 1]],
        clock_port_polarity: [],
        reset_port_polarity_sync: [],
      },
    }
    return {
      data_source: 'codev',
      prompt: [
        { role: 'system', content: 'You are careful.' },
        { role: 'user', content: design.words },
      ],
      ability: 'verilog',
      reward_model: {
        style: 'rule',
        ground_truth: i === 5 ? 'gASVBgAAAAAAAACMAmhplC4=' : i === 6 ? '\uFFFD\u0004\uFFFD\u000c' : JSON.stringify(truth),
      },
      extra_info: { index: i },
    }
  })
  return { files: { 'train.jsonl': jsonLines(rows) }, badges: without(badges, 'train-5', 'train-6') }
}

/** Rows under names of somebody's own. */
export function otherColumnsSet(): FixtureSet {
  const rows = DESIGNS.map((design, i) => ({
    nr: `own-${i}`,
    frage: design.words,
    loesung: { verilog: moduleText(i === 3 ? { ...design, body: '  assign nothing = ;' } : design, design.name) },
  }))
  const badges = Object.fromEntries(rows.map(({ nr }, i): [string, Badge] => [nr, i === 3 ? 'reference-fails' : 'healthy']))
  return { files: { 'rows.jsonl': jsonLines(rows) }, badges }
}

export function jsonLines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

function without<T>(record: Readonly<Record<string, T>>, ...names: string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)))
}
