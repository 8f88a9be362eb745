/** Failures about the PyTorch environment that VeriTune makes: a part of the catalogue in `failure.ts`. */
import type { CatalogueEntry } from './failure-entry.ts'

const UNCHANGED = 'What was installed before is as it was.'

export const ENVIRONMENT_FAILURES = {
  'environment.no-installer': {
    exitCode: 3,
    message: 'There is no uv on this machine, and no Python 3.11 or newer with venv and pip.',
    remedy: '{remedy}',
  },
  'environment.old-uv': {
    exitCode: 3,
    message: '{program} is uv {found}, which is too old to choose a PyTorch.',
    remedy: 'Update it to {needed} or newer: `uv self update`, or the way it was installed.',
  },
  'environment.needs-uv': {
    exitCode: 3,
    message: 'Only uv installs PyTorch for {backend} here, and it is not on this machine.',
    remedy: '{remedy}',
  },
  'environment.no-card': {
    exitCode: 3,
    message: 'PyTorch for {backend} was asked for, and there is no card that it could use: {reason}.',
    remedy: `Install the card's driver, or take the backend cpu. ${UNCHANGED}`,
  },
  'environment.old-driver': {
    exitCode: 3,
    message: 'The driver {found} of {card} is too old for PyTorch, which needs {needed} or newer.',
    remedy: `Install a newer driver of the card, or take the backend cpu. ${UNCHANGED}`,
  },
  'environment.no-space': {
    exitCode: 3,
    message: 'PyTorch takes about {needGb} GB, and the disk of {folder} has {haveGb} GB free.',
    remedy: `Free some space, or choose another data folder with VERITUNE_HOME. ${UNCHANGED}`,
  },
  'environment.failed': {
    exitCode: 3,
    message: '{installer} could not install PyTorch: {reason}.',
    remedy: `See that the network and the package index can be reached, then try again. ${UNCHANGED}`,
  },
  'environment.broken': {
    exitCode: 3,
    message: 'The PyTorch that was installed does not work here: {reason}.',
    remedy: `It was removed again. Try the backend cpu, or name a Python that has PyTorch with VERITUNE_PYTHON. ${UNCHANGED}`,
  },
  'environment.busy': {
    exitCode: 3,
    message: 'Another process ({pid}) is installing or removing PyTorch in this data folder.',
    remedy: 'Wait until it has ended, or end it.',
  },
  'environment.cancelled': {
    exitCode: 3,
    message: 'The installation of PyTorch was cancelled.',
    remedy: `Nothing was left behind. ${UNCHANGED}`,
  },
  'environment.in-use': {
    exitCode: 2,
    message: 'The run "{run}" trains with this PyTorch.',
    remedy: 'Wait until it has ended, or stop it with `veritune stop {run}`.',
  },
} as const satisfies Record<string, CatalogueEntry>
