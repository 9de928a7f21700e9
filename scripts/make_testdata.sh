#!/usr/bin/env bash
# Makes the studies in testdata/ again: synthetic, seeded, with their truth and the report of this version.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet
hemastage=target/release/hemastage

study() {
  local name=$1 onset=$2
  shift 2
  local made
  made=$(mktemp -d)
  "$hemastage" phantom -o "$made" --grid small "$@" >/dev/null
  mkdir -p "testdata/$name"
  for file in t1.nii.gz t2.nii.gz hematoma.nii.gz cord.nii.gz truth.json; do
    cp "$made/$file" "testdata/$name/$file"
  done
  # shellcheck disable=SC2086
  (cd "testdata/$name" && "../../$hemastage" stage --t1 t1.nii.gz --t2 t2.nii.gz --hematoma hematoma.nii.gz \
    --cord cord.nii.gz $onset --json >report.json)
  rm -r "$made"
}

study acute-oblique "--onset 40h" --seed 11 --stage acute --from C4 --to C6 --t1-tilt 4,-3,5 --t1-axes LIA --shading 1.5
study late-subacute "" --seed 12 --stage late_subacute --from C5 --to C7 --thickness 5.5 --snr 40
study mixed "--onset 9d --onset 20h" --seed 13 --stage hyperacute,late_subacute --shares 0.4,0.6 \
  --layout along --from C4 --to C7 --thickness 5
