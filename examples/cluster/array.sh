#!/bin/sh
# The same without Snakemake, as an array of Slurm: sbatch --array=1-20 examples/cluster/array.sh studies.csv results,
# and when all have ended: hemastage batch studies.csv -o results --resume
#SBATCH --job-name=hemastage
#SBATCH --cpus-per-task=1
#SBATCH --mem=2G
#SBATCH --time=01:00:00
# SIGTERM two minutes before the end: studies under way are finished, and no other is begun
#SBATCH --signal=B:TERM@120
exec hemastage batch "$1" -o "$2" --rows "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
    --resume --wait --jobs 1 --failures ok
