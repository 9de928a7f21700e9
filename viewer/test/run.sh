#!/bin/sh
# Stages phantoms with the command and opens their pages in a headless Chromium.
#
#   viewer/test/run.sh              HEMASTAGE: path of the command, CHROMIUM: path of the browser
set -eu
cd "$(dirname "$0")/.."

need() {
  command -v "$1" >/dev/null 2>&1 && return
  echo "$1 is missing: $2" >&2
  exit 2
}
need node "install Node.js 20 or later"
need npm "install npm, which comes with Node.js"
need "${CHROMIUM:-/usr/bin/chromium}" "install chromium, or set CHROMIUM to its path"
if [ -z "${HEMASTAGE:-}" ]; then
  need cargo "install Rust, or set HEMASTAGE to the path of a built command"
  cargo build --quiet --package hemastage-cli
  HEMASTAGE=${CARGO_TARGET_DIR:-$(cd .. && pwd)/target}/debug/hemastage
fi

[ -d node_modules/axe-core ] || npm ci
[ -f dist/viewer.js ] || npm run build

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# make NAME OPTION...   a phantom
make() {
  name=$1
  shift
  "$HEMASTAGE" phantom "$@" -o "$work/$name" >/dev/null
}

# stage FOLDER OUT OPTION...   a page and its report
stage() {
  study=$1 out=$2
  shift 2
  "$HEMASTAGE" stage --t1 "$study/t1.nii.gz" --t2 "$study/t2.nii.gz" --hematoma "$study/hematoma.nii.gz" \
    --cord "$study/cord.nii.gz" -o "$work/$out" "$@" >/dev/null
}

make mixed --grid small --stage acute,late_subacute --from C4 --to C7
make oblique --grid small --stage hyperacute --from C5 --to C6 --tilt 8,5,12 --t1-grid isotropic
stage "$work/mixed" plain
stage "$work/mixed" full --canal "$work/mixed/canal.nii.gz" --vertebrae "$work/mixed/vertebrae.nii.gz" --scheme sct \
  --onset 10d --onset 36h --hash-inputs --viewer dist/viewer.js
stage "$work/oblique" tilted --viewer dist/viewer.js

# a file name with a script in it
poison="$work/mixed/t1 <img src=x onerror=planted=1>\"'&.nii.gz"
mv "$work/mixed/t1.nii.gz" "$poison"
"$HEMASTAGE" stage --t1 "$poison" --t2 "$work/mixed/t2.nii.gz" --hematoma "$work/mixed/hematoma.nii.gz" \
  --cord "$work/mixed/cord.nii.gz" -o "$work/poisoned" >/dev/null
grep -q 'onerror=planted' "$work/poisoned/report.html" || { echo "the page does not contain the file's name" >&2; exit 1; }

node test/page.mjs "$work/plain/report.html" "$work/full/report.html" "$work/tilted/report.html" "$work/poisoned/report.html"
