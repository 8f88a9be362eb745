/** Failures about other computers: a part of the catalogue in `failure.ts`. */
import type { CatalogueEntry } from './failure-entry.ts'

const OWN_SSH = 'try `ssh {host}` in a terminal'

export const REMOTE_FAILURES = {
  'host.bad-name': {
    exitCode: 2,
    setting: 'name',
    message: '"{name}" is no name of a host.',
    remedy:
      'Write it as ssh takes it: an entry of ~/.ssh/config, a host, or user@host, of letters, digits, dots, - and _. A port, a key or a jump host stands in ~/.ssh/config.',
  },
  'host.bad-path': {
    exitCode: 2,
    message: '"{path}" cannot be used as a path on a host.',
    remedy: 'Write it from / or from ~/, of letters, digits, dots, - and _.',
  },
  'host.unknown': {
    exitCode: 2,
    message: 'There is no host "{host}" here.',
    remedy: 'Add it by `veritune host add {host}` or on the screen Settings. Known are: {known}.',
  },
  'remote.no-ssh': {
    exitCode: 3,
    message: 'There is no program {program} on this computer, which the way to {host} needs.',
    remedy: 'Install OpenSSH, or name the program with VERITUNE_SSH.',
  },
  'remote.refused': {
    exitCode: 3,
    message: '{host} refuses the connection: no ssh server answers at its port.',
    remedy: `See that sshd runs there, and that ~/.ssh/config has the right port; ${OWN_SSH}.`,
  },
  'remote.unknown-name': {
    exitCode: 3,
    message: 'Nobody knows the name {host}.',
    remedy: `Correct it, or give it an address in ~/.ssh/config; ${OWN_SSH}.`,
  },
  'remote.unknown-key': {
    exitCode: 3,
    message: 'The key of {host} is not known on this computer.',
    remedy: 'Type `ssh {host}` in a terminal once and compare the key that it shows; then try again.',
  },
  'remote.changed-key': {
    exitCode: 3,
    message: '{host} shows another key than before: it was set up again, or somebody is in between.',
    remedy: 'Ask whoever looks after it. If it was set up again, `ssh-keygen -R {host}` forgets the old key.',
  },
  'remote.denied': {
    exitCode: 3,
    message: '{host} does not let this account in: {reason}.',
    remedy: `Put a key on it by \`ssh-copy-id {host}\`, or unlock it by \`ssh-add\`; a password is never asked for. To see more, ${OWN_SSH}.`,
  },
  'remote.no-answer': {
    exitCode: 3,
    message: '{host} does not answer.',
    remedy: `See that it is switched on and that the network reaches it; ${OWN_SSH}.`,
  },
  'remote.lost': {
    exitCode: 3,
    message: 'The link to {host} was lost.',
    remedy: 'It is tried again by itself; a run there goes on meanwhile.',
  },
  'remote.platform': {
    exitCode: 2,
    message: '{host} is {platform}; runs are copied to Linux on x64 alone so far.',
    remedy: 'Choose another host, or train here.',
  },
  'remote.no-setsid': {
    exitCode: 3,
    message: '{host} has no setsid, by which a run outlives the link.',
    remedy: 'Install util-linux there.',
  },
  'remote.no-node': {
    exitCode: 3,
    message: 'This computer is no Linux on x64 and has no Node for {host}, which has no Node 24 either.',
    remedy: 'Bring one by `npm run linux-node`, or install Node 24 on {host}, where `ssh {host} node --version` finds it.',
  },
  'remote.not-carried': {
    exitCode: 3,
    message: 'This VeriTune carries no trainer for Linux on x64, which {host} is: {folder} is not there.',
    remedy: 'Start VeriTune from its source, by `npm ci` and `npm start`, which has it for all platforms.',
  },
  'remote.not-built': {
    exitCode: 3,
    message: 'The trainer that would be copied to {host} is not built, or older than its sources: {file}.',
    remedy: 'Run `npm run build` in the folder of VeriTune.',
  },
  'remote.not-writable': {
    exitCode: 3,
    message: '{host} lets nothing be written into {folder}: {reason}.',
    remedy: 'Name another folder: `veritune host add {host} --folder PATH`.',
  },
  'remote.no-room': {
    exitCode: 3,
    message: '{host} has {freeGb} GB free in {folder}; {needGb} GB are to be copied.',
    remedy: 'Free some space there, or name another folder by `veritune host add {host} --folder PATH`, then resume the run.',
  },
  'remote.disk-full': {
    exitCode: 3,
    message: 'No space is left on the disk of {host}.',
    remedy: 'Free some space there, then resume the run: what was copied whole is not copied again.',
  },
  'remote.damaged-copy': {
    exitCode: 3,
    message: 'What came to {host} is not what was sent: {reason}.',
    remedy: 'Resume the run: it is copied again. If it stays so, look at the disk of that host.',
  },
  'remote.journal-differs': {
    exitCode: 3,
    message: 'The journal of this run on {host} is not the one that was copied from it.',
    remedy: 'Nothing of either is changed. Clone the run from a checkpoint to go on.',
  },
  'remote.program-gone': {
    exitCode: 3,
    message: '{host} has not the trainer of this run any more.',
    remedy: 'It is copied again by itself.',
  },
  'remote.command': {
    exitCode: 3,
    message: '{host} could not {what}: {reason}.',
    remedy: '`veritune host check {host}` says what it can do.',
  },
} as const satisfies Record<string, CatalogueEntry>
