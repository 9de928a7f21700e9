// Builds dist/viewer.js: NiiVue and the controls in one file that begins with the licenses of everything in it.
import { build } from "esbuild";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Copyright lines of packages that do not include the text of their license. */
const COPYRIGHT = {
  "@niivue/niivue": "Copyright (c) 2021, Niivue",
};

/** License texts for those packages, by SPDX name. */
const TEXT = {
  "BSD-2-Clause": `Redistribution and use in source and binary forms, with or without modification, are permitted
provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions
   and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions
   and the following disclaimer in the documentation and/or other materials provided with the
   distribution.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED
WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A
PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR
ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED
TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION)
HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING
NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE
POSSIBILITY OF SUCH DAMAGE.`,
};

process.chdir(import.meta.dirname);
const result = await build({
  entryPoints: ["src/viewer.js"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  metafile: true,
  write: false,
  logLevel: "warning",
});
const [{ text: code }] = result.outputFiles;
const [{ inputs }] = Object.values(result.metafile.outputs);
const bundle = `/*! hemastage viewer 1\n${licenses(packages(inputs))}\n*/\n${code}`;
mkdirSync("dist", { recursive: true });
writeFileSync("dist/viewer.js", bundle);
console.log(`dist/viewer.js, ${(bundle.length / 1e6).toFixed(1)} MB`);

/** The folders of packages with at least one byte in the bundle. */
function packages(inputs) {
  const folders = new Set();
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const inside = path.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//);
    if (inside && bytesInOutput > 0) folders.add(inside[1]);
  }
  return [...folders].sort();
}

function licenses(folders) {
  return folders.map(license).join("\n\n").replaceAll("*/", "* /");
}

function license(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : known(name, license);
  return `${name} ${version} (${license})\n\n${text}`;
}

function known(name, license) {
  if (!COPYRIGHT[name] || !TEXT[license]) throw new Error(`${name} (${license}) does not include the text of its license: add it to COPYRIGHT and TEXT`);
  return `${COPYRIGHT[name]}\nAll rights reserved.\n\n${TEXT[license]}`;
}
