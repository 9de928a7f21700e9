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
# a bundle older than its sources is another viewer's
[ -f dist/viewer.js ] && [ -z "$(find src build.mjs package-lock.json -newer dist/viewer.js)" ] || npm run build

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

# a batch of 100 studies, of which some share files, one has no label map and one fails
printf 'study\tt1\tt2\thematoma\tcord\tvertebrae\tscheme\tonset\n' > "$work/studies.tsv"
make other --grid small --stage chronic --from L1 --to L3
make thin --grid small --stage hyperacute --from T5 --to T6
make late --grid small --stage late_subacute --from T9 --to T11
for n in $(seq 100); do
  case $((n % 3)) in 0) f=other on=40d ;; 1) f=thin on=6h ;; *) f=late on=9d ;; esac
  vertebrae=$f/vertebrae.nii.gz scheme=sct cord=$f/cord.nii.gz t2=$f/t2.nii.gz
  [ "$n" = 7 ] && vertebrae= scheme=
  [ "$n" = 9 ] && cord=none.nii.gz
  [ "$n" = 11 ] && t2=$f/t1.nii.gz
  printf 'sub-%03d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$n" "$f/t1.nii.gz" "$t2" "$f/hematoma.nii.gz" "$cord" "$vertebrae" "$scheme" "$on" >> "$work/studies.tsv"
done
"$HEMASTAGE" batch "$work/studies.tsv" -o "$work/batch" --write picture,page >/dev/null 2>&1 || [ $? = 3 ]
node test/index.mjs "$work/batch/index.html" "$work/qc.tsv"
# what was marked is read back, in the page and in the summary
"$HEMASTAGE" batch "$work/studies.tsv" -o "$work/batch" --write picture,page --resume --qc "$work/qc.tsv" >/dev/null 2>&1 || [ $? = 3 ]
[ "$(grep -c '<tr id="s.*data-mark="pass"' "$work/batch/index.html")" = 34 ] || { echo "the marks are not in the page" >&2; exit 1; }
[ "$(cut -f 1,$(head -1 "$work/batch/summary.tsv" | tr '\t' '\n' | grep -n '^qc$' | cut -d: -f1) "$work/batch/summary.tsv" | grep -c 'look_again')" = 33 ] || { echo "the marks are not in the summary" >&2; exit 1; }
