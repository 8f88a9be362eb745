#!/bin/sh
# The part of a run that another host takes: its torchrun, which meets that of the trainer. It ends when the trainer ends.
# The model's folder has to lie at the same path as on the trainer's host, and the same versions of PyTorch have to be there. The data set, the
# EDA tools and the run's folder are the trainer's alone.
#   VERITUNE_HOSTS=2 VERITUNE_RENDEZVOUS=first-host:29500 VERITUNE_PROCESSES=8 native/launch/join.sh
# VERITUNE_PROCESSES is torch.processes of the run. VERITUNE_RENDEZVOUS_ID tells runs apart that meet at one place.
set -eu
native=$(cd "$(dirname "$0")/.." && pwd)
export PYTHONPATH="$native${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false
# As on the trainer's host: each start has a store of its own.
export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1
unset VERITUNE_ENGINE_ADDRESS
exec "${VERITUNE_PYTHON:-python3}" -m torch.distributed.run \
  --nnodes "$VERITUNE_HOSTS" --rdzv-backend c10d --rdzv-endpoint "$VERITUNE_RENDEZVOUS" \
  --rdzv-id "${VERITUNE_RENDEZVOUS_ID:-veritune}" \
  --nproc-per-node "$VERITUNE_PROCESSES" --max-restarts 10 -m veritune_engine
