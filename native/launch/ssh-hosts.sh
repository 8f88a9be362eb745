#!/bin/sh
# A run on this host and others that ssh reaches, each with the same number of cards.
#   HOSTS="node2 node3" PROCESSES=8 native/launch/ssh-hosts.sh --preset 7b-grpo --set model=/models/deepseek-coder-7b
# Edit: NATIVE, the folder native/ of VeriTune on the other hosts; PYTHON, their Python with PyTorch; PORT, which they reach on this one.
set -eu
HOSTS=${HOSTS:?names of the other hosts, as ssh knows them}
PROCESSES=${PROCESSES:?cards of each host}
PORT=${PORT:-29500}
here=$(cd "$(dirname "$0")/.." && pwd)
NATIVE=${NATIVE:-$here}
PYTHON=${PYTHON:-${VERITUNE_PYTHON:-python3}}

count=1
for host in $HOSTS; do count=$((count + 1)); done
export VERITUNE_HOSTS=$count VERITUNE_RENDEZVOUS="$(hostname -f):$PORT" VERITUNE_RENDEZVOUS_ID="veritune-$$"

for host in $HOSTS; do
  ssh -o BatchMode=yes -- "$host" "VERITUNE_HOSTS=$count VERITUNE_RENDEZVOUS=$VERITUNE_RENDEZVOUS \
    VERITUNE_RENDEZVOUS_ID=$VERITUNE_RENDEZVOUS_ID VERITUNE_PROCESSES=$PROCESSES VERITUNE_PYTHON='$PYTHON' '$NATIVE/launch/join.sh'" &
done
cd "$here/.."
npx veritune train --set engine=torch --set torch.precision=bfloat16 --set "torch.processes=$PROCESSES" "$@"
# They have ended with the trainer; what they said last is still to be shown.
wait
