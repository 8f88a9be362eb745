#!/bin/sh
# A run on all cards of this host. The trainer starts torchrun itself: one PyTorch process for each card.
#   native/launch/one-host.sh --preset 7b-grpo --set model=/models/deepseek-coder-7b
# Edit: how many cards. CUDA_VISIBLE_DEVICES, where it is set, says which.
set -eu
PROCESSES=${PROCESSES:-$(nvidia-smi --list-gpus | wc -l)}
cd "$(dirname "$0")/../.."
exec npx veritune train --set engine=torch --set torch.precision=bfloat16 --set "torch.processes=$PROCESSES" "$@"
