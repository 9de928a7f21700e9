// Opens report pages in a headless Chromium and fails on faults that a reader should never see.
//
//   node test/page.mjs PAGE.html...     the report must be in the same folder, as PAGE.json or report.json
//
// CHROMIUM is the path of the browser, by default /usr/bin/chromium. First the test checks itself: pages with a planted
// fault must fail.
import axe from "axe-core";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
];
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1200, height: 900 };

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(executablePath)) {
  console.error(`no browser at ${executablePath}: install chromium, or set CHROMIUM to its path`);
  process.exit(2);
}
const pages = process.argv.slice(2);
if (pages.length === 0) {
  console.error("no page was given: node test/page.mjs PAGE.html...");
  process.exit(2);
}

const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
let failed = 0;
try {
  const draws = (file) => readFileSync(file, "utf8").includes('id="viewer-data"');
  const [plain, drawn] = [pages.find((file) => !draws(file)), pages.find(draws)];
  if (plain) await selfTest(plain, plantedFaults);
  if (drawn) await selfTest(drawn, plantedViewerFaults);
  for (const file of pages) {
    const found = await faultsOf(file, callOf(file));
    print(found.length === 0, nameOf(file), found);
  }
  if (drawn) await withoutWebGl(drawn);
} finally {
  await browser.close();
}
process.exit(failed > 0 ? 1 : 0);

/** Plants each fault in a page, and expects it to be found. */
async function selfTest(file, faultsIn) {
  const call = callOf(file);
  for (const [fault, planted, expected] of faultsIn(readFileSync(file, "utf8"), call)) {
    const found = await inText(planted, (page) => faultsOf(page, call));
    print(found.some((one) => expected.test(one)), `self-test, ${fault}`, ["was not found; found:", ...found]);
  }
}

/** Without WebGL the page says so, and is otherwise complete. */
async function withoutWebGl(file) {
  const poor = await chromium.launch({ executablePath, args: [...ARGUMENTS, "--disable-3d-apis"] });
  try {
    const page = await poor.newPage();
    const found = [];
    page.on("pageerror", (error) => found.push(`page error: ${error.message}`));
    await page.goto(pathToFileURL(file).href);
    const says = await page.locator("#viewer-message").innerText();
    if (!/no WebGL 2/.test(says)) found.push(`the viewer says: ${says}`);
    if (await page.locator("#viewer-panel").isVisible()) found.push("the viewer's controls are shown");
    found.push(...(await callFaults(page, callOf(file))));
    print(found.length === 0, `${nameOf(file)} without WebGL`, found);
  } finally {
    await poor.close();
  }
}

function print(good, name, details) {
  console.log(`${good ? "ok    " : "FAILED"} ${name}`);
  if (good) return;
  failed += 1;
  for (const detail of details) console.log(`         ${detail}`);
}

/** The file with its folder, as the pages of all studies have the same name. */
function nameOf(file) {
  return join(basename(dirname(file)), basename(file));
}

/** The call in the report, in words. */
function callOf(file) {
  const paths = [file.replace(/\.html$/, ".json"), join(dirname(file), "report.json")];
  const report = paths.find((path) => existsSync(path));
  if (!report) throw new Error(`${basename(file)}: no report in its folder: expected ${paths.map((path) => basename(path)).join(" or ")}`);
  return JSON.parse(readFileSync(report, "utf8")).stage.call.replaceAll("_", " ");
}

/** Pages that must fail, each with the expected message. Most need a page without its content security policy. */
function plantedFaults(html, call) {
  const free = html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "");
  const end = (text, more) => text.replace("</body>", () => `${more}</body>`);
  return [
    ["an error", end(free, "<script>throw new Error('planted')</script>"), /page error.*planted/],
    ["a message on the console", end(free, "<script>console.error('planted')</script>"), /console.*planted/],
    ["a request", end(free, '<img alt="" src="http://127.0.0.1:9/planted.png">'), /request.*planted/],
    ["a script against the policy", end(html, "<script>window.planted = 1</script>"), /console.*Content Security Policy/],
    ["no call", html.replaceAll(new RegExp(call, "gi"), "…"), /call/],
    ["a hidden call", html.replace('id="call"', 'id="call" hidden'), /call/],
    ["faint text", end(free, '<main><p style="color:#999;background:#fff">faint</p></main>'), /color-contrast/],
    ["an image without text", end(html, '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'), /image-alt/],
    ["a page too wide", end(free, '<p style="width:900px">wide</p>'), /wider than a phone/],
    ["a region beyond the keyboard", html.replace('tabindex="0"', 'tabindex="-1"'), /Tab does not reach/],
  ];
}

/** Pages whose viewer must fail. */
function plantedViewerFaults(html) {
  const deaf = html.replace(/addEventListener\("(input|change)"/g, 'addEventListener("none"');
  const free = deaf.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "");
  return [
    ["a viewer that may not run", html.replace("script-src", "script-src-elem 'none'; x-src"), /the viewer says/],
    ["a viewer that ignores its controls", free, /draws the same when T1 is chosen/],
  ];
}

/** Runs a check on a page given as text. */
async function inText(html, check) {
  const folder = mkdtempSync(join(tmpdir(), "page-"));
  try {
    const file = join(folder, "page.html");
    writeFileSync(file, html);
    return await check(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Everything that is wrong with a page. */
async function faultsOf(file, call) {
  const context = await browser.newContext({ viewport: DESK, colorScheme: "light", bypassCSP: false });
  const found = [];
  try {
    const page = await context.newPage();
    page.on("pageerror", (error) => found.push(`page error: ${error.message}`));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) found.push(`console: ${message.text()}`);
    });
    page.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url()) && request.url() !== pathToFileURL(file).href) found.push(`request: ${request.url()}`);
    });
    page.on("dialog", (dialog) => {
      found.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    await page.goto(pathToFileURL(file).href);
    await page.waitForLoadState("networkidle");
    const viewer = (await page.locator("#viewer-data").count()) > 0;
    if (viewer) found.push(...(await viewerFaults(page)));
    found.push(...(await callFaults(page, call)));
    if (await page.evaluate(() => "planted" in window)) found.push("a script of the page's text ran");
    found.push(...(await keyboardFaults(page)));
    found.push(...(await axeFaults(page)));
    found.push(...(await widthFaults(page)));
  } catch (error) {
    found.push(`test: ${error.message}`);
  } finally {
    await context.close();
  }
  return [...new Set(found)];
}

async function callFaults(page, call) {
  const shown = page.locator("#call");
  if ((await shown.count()) !== 1 || !(await shown.isVisible())) return ["the call is not visible"];
  const text = (await shown.innerText()).toLowerCase();
  const title = (await page.title()).toLowerCase();
  return text === call && title.includes(call) ? [] : [`the call reads \`${text}\`, expected \`${call}\``];
}

/** Regions and controls that Tab does not reach. */
async function keyboardFaults(page) {
  const wanted = await page.evaluate(() => {
    const visible = (element) => element.checkVisibility() && element.getClientRects().length > 0;
    const all = [...document.querySelectorAll("a[href], select, input, summary, .scroll")].filter(visible);
    // in a group of radio buttons Tab reaches only the checked one
    const reached = all.filter((element) => element.type !== "radio" || element.checked);
    for (const [n, element] of reached.entries()) element.dataset.wanted = n;
    return reached.length;
  });
  const focused = new Set();
  await page.evaluate(() => document.activeElement?.blur());
  for (let presses = 0; presses < wanted + 20 && focused.size < wanted; presses += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => document.activeElement?.dataset.wanted);
    if (at !== undefined) focused.add(at);
  }
  const missed = await page.evaluate(
    (reached) =>
      [...document.querySelectorAll("[data-wanted]")]
        .filter((element) => !reached.includes(element.dataset.wanted))
        .map((element) => element.id || element.getAttribute("aria-label") || element.textContent.trim()),
    [...focused],
  );
  return missed.map((name) => `Tab does not reach ${name}`);
}

async function axeFaults(page) {
  const found = [];
  for (const media of [
    { media: "screen", colorScheme: "light" },
    { media: "screen", colorScheme: "dark" },
    { media: "print", colorScheme: "light" },
  ]) {
    await page.emulateMedia(media);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const { id, impact, nodes } of violations) {
      if (!["serious", "critical"].includes(impact)) continue;
      found.push(`${id} (${impact}, ${media.media} ${media.colorScheme}): ${nodes[0].html.slice(0, 120)}`);
    }
  }
  await page.emulateMedia({ media: "screen", colorScheme: "light" });
  return found;
}

async function widthFaults(page) {
  await page.setViewportSize(PHONE);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  await page.setViewportSize(DESK);
  return width <= PHONE.width ? [] : [`wider than a phone: ${width} px of ${PHONE.width}`];
}

/** Whether the viewer draws, and whether its controls change the drawing. */
async function viewerFaults(page) {
  const frame = page.locator("#viewer-frame");
  await page.waitForFunction(
    () => document.querySelector("#viewer-message").hidden || document.querySelector("#viewer-panel").hidden,
    null,
    { timeout: 60_000 },
  );
  if (!(await frame.isVisible())) return [`the viewer says: ${await page.locator("#viewer-message").innerText()}`];
  await page.waitForTimeout(500);
  const draw = async () => {
    await page.waitForTimeout(300);
    return drawing(page);
  };
  const found = [];
  const first = await draw();
  if (first.colors < 50) found.push(`the viewer draws ${first.colors} colors: expected an image`);
  if (!first.colored) found.push("the viewer draws no stage in color");
  const place = await page.locator("#viewer-place").innerText();
  if (!/Crosshair at .*: .*(acute|chronic|indeterminate).*; T1 [\d.≤≥]+ \(reference [\d.]+\), T2 /.test(place)) found.push(`the crosshair begins at \`${place}\``);
  const changes = {
    "T1 is chosen": () => page.getByLabel("T1", { exact: true }).check(),
    "black is raised": () => press(page, "#viewer-black", "PageUp"),
    "the window is dragged": async () => {
      const box = await page.locator("#viewer-canvas").boundingBox();
      await page.mouse.move(box.x + box.width / 4, box.y + box.height / 4);
      await page.mouse.down({ button: "right" });
      await page.mouse.move(box.x + box.width / 4 + 40, box.y + box.height / 4 + 30, { steps: 8 });
      await page.mouse.up({ button: "right" });
    },
    "the stages' opacity is 0": () => press(page, "#viewer-opacity", "Home"),
    "one plane is chosen": () => page.locator("#viewer-layout").selectOption("sagittal"),
    "the crosshair is moved": () => press(page, "#viewer-x", "Home"),
    "3D is chosen": () => page.locator("#viewer-layout").selectOption("render"),
  };
  let before = first;
  for (const [what, change] of Object.entries(changes)) {
    await change();
    const after = await draw();
    if (after.hash === before.hash) found.push(`the viewer draws the same when ${what}`);
    before = after;
  }
  return found;
}

async function press(page, selector, key) {
  await page.locator(selector).focus();
  await page.keyboard.press(key);
}

/** The canvas in numbers: a hash of its pixels, the number of colors, whether any is not gray. */
async function drawing(page) {
  const png = (await page.locator("#viewer-canvas").screenshot()).toString("base64");
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const colors = new Set();
    let hash = 0;
    let colored = 0;
    for (let at = 0; at < data.length; at += 4) {
      const [red, green, blue] = [data[at], data[at + 1], data[at + 2]];
      colors.add((red << 16) | (green << 8) | blue);
      if (Math.max(red, green, blue) - Math.min(red, green, blue) > 60) colored += 1;
      hash = (Math.imul(hash, 31) + ((red << 16) | (green << 8) | blue)) | 0;
    }
    return { hash, colors: colors.size, colored: colored > 20 };
  }, png);
}
