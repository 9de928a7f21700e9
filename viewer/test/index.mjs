// Goes through the page over all studies in a headless Chromium as a reader does, and fails on faults.
//
//   node test/index.mjs INDEX.html QC.tsv     the marks that the page saves are written to QC.tsv
//
// CHROMIUM is the path of the browser, by default /usr/bin/chromium; SHOTS a folder for pictures of the page.
import axe from "axe-core";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const [file, saved] = process.argv.slice(2);
if (!existsSync(executablePath) || !file || !saved) {
  console.error("usage: node test/index.mjs INDEX.html QC.tsv, with a Chromium at $CHROMIUM");
  process.exit(2);
}
const DESK = { width: 1200, height: 900 };
const PHONE = { width: 360, height: 740 };
const browser = await chromium.launch({
  executablePath,
  args: ["--headless=new", "--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-gpu"],
});
const context = await browser.newContext({ viewport: DESK, colorScheme: "light", acceptDownloads: true });
const found = [];
const expect = (good, text) => {
  if (!good) found.push(text);
};
let page = await open(found);

async function open(faults) {
  const opened = await context.newPage();
  opened.on("pageerror", (error) => faults.push(`page error: ${error.message}`));
  opened.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  opened.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && request.url() !== pathToFileURL(file).href) faults.push(`request: ${request.url()}`);
  });
  await opened.goto(pathToFileURL(file).href);
  return opened;
}

const at = () => page.locator("tr[aria-current=true]").getAttribute("data-name");
const shown = () => page.locator("tbody tr:visible").count();
const marks = () => page.locator("td.mark b").allInnerTexts();

try {
  const names = await page.locator("tbody tr").evaluateAll((rows) => rows.map((row) => row.dataset.name));
  const n = names.length;

  // self-test: what must be recognized is
  const planted = [];
  const faulty = await open(planted);
  await faulty.evaluate(() => {
    const image = document.createElement("img");
    image.src = "http://127.0.0.1:9/planted.png";
    document.body.append(image);
  });
  await faulty.waitForTimeout(200);
  expect(planted.length > 0, "a planted request was not recognized");
  await faulty.close();

  await axeFaults("light");
  await shot("light", true);

  // the keys, through all studies
  await page.locator("tbody tr").first().locator("th").click({ position: { x: 1, y: 60 } });
  const start = Date.now();
  const expected = [];
  for (const [place, name] of names.entries()) {
    expect((await at()) === name, `${name} is not the chosen study`);
    const key = ["p", "f", "l"][place % 3];
    await page.keyboard.press(key);
    expected.push(["pass", "fail", "look again"][place % 3]);
    if (place === 1) {
      await page.keyboard.press("n");
      await page.keyboard.type("motion, jpkf");
      await page.keyboard.press("Enter");
    }
    await page.keyboard.press(place % 2 ? "j" : "ArrowDown");
  }
  const seconds = (Date.now() - start) / 1000;
  expect((await marks()).join() === expected.join(), "the marks are not those of the keys");
  expect((await at()) === names.at(-1), "j goes beyond the last study");
  const inView = await page.locator("tr[aria-current=true]").evaluate((row) => {
    const [box, panel] = [row.getBoundingClientRect(), document.querySelector("#panel").getBoundingClientRect()];
    return box.top >= 0 && box.bottom <= panel.top + 1;
  });
  expect(inView, "the chosen study is not in view");
  await page.keyboard.press("k");
  expect((await at()) === names.at(-2), "k does not go back");
  await page.keyboard.press(["p", "f", "l"][(n - 2) % 3]);
  expect((await marks()).length === n - 1, "a mark is not cleared by its own key");
  await page.keyboard.press("u");
  expect((await at()) === names.at(-2), "u does not go to the study without a mark");
  await page.keyboard.press(["p", "f", "l"][(n - 2) % 3]);

  // Enter opens the study's page
  const staged = page.locator("tbody tr:has(th a)").first();
  await staged.locator("th").click({ position: { x: 1, y: 60 } });
  const [popup] = await Promise.all([context.waitForEvent("page"), page.keyboard.press("Enter")]);
  await popup.waitForLoadState();
  expect(/report\.html$/.test(popup.url()) && (await popup.locator("#call").count()) === 1, `Enter opens ${popup.url()}`);
  await popup.close();

  // filter, sort
  await page.keyboard.press("/");
  await page.keyboard.type(names[0].toLowerCase());
  expect((await shown()) >= 1 && (await shown()) < n, `the filter shows ${await shown()} studies`);
  await page.keyboard.press("Escape");
  expect((await shown()) === n, "Escape does not clear the filter");
  for (const [id, value, most] of [["#by-mark", "fail", Math.ceil(n / 3)], ["#by-call", "failed", n - 1], ["#by-warning", "+", n - 1]]) {
    await page.locator(id).selectOption(value);
    expect((await shown()) <= most, `${id} shows ${await shown()} studies`);
    await page.locator(id).selectOption("");
  }
  const column = (n) => page.locator(`tbody tr td:nth-child(${n})[data-v]`).evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.v)));
  await page.getByRole("button", { name: "Volume" }).click();
  const up = await column(5);
  expect(up.length > 1 && up.every((value, i) => i === 0 || up[i - 1] <= value), "volumes do not rise");
  await page.getByRole("button", { name: "Volume" }).click();
  const down = await column(5);
  expect(down.every((value, i) => i === 0 || down[i - 1] >= value), "volumes do not fall");
  expect((await page.locator("th[aria-sort=descending]").count()) === 1, "the sorted column is not named");

  // help
  await page.locator("tr[aria-current=true] th").click({ position: { x: 1, y: 60 } });
  await page.keyboard.press("?");
  expect(await page.locator("#help").isVisible(), "? shows no help");
  await axeFaults("help");
  await page.keyboard.press("Escape");

  // save, and keep over a new visit
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("s")]);
  expect(download.suggestedFilename() === "qc.tsv", `the marks are saved as ${download.suggestedFilename()}`);
  await download.saveAs(saved);
  const lines = readFileSync(saved, "utf8").trimEnd().split("\n");
  expect(lines.length === n + 1, `${lines.length - 1} of ${n} marks are saved`);
  expect(lines[2].startsWith(`${names[1]}\tfail\tmotion, jpkf\t`), `the second mark is saved as ${lines[2]}`);
  const before = (await marks()).toSorted().join();
  await page.close();
  page = await open(found);
  expect((await marks()).toSorted().join() === before, "the marks are gone on the next visit");
  await axeFaults("marked");

  // dark, phone, print
  await page.emulateMedia({ media: "screen", colorScheme: "dark" });
  await axeFaults("dark");
  await shot("dark");
  await page.emulateMedia({ media: "screen", colorScheme: "light" });
  await page.setViewportSize(PHONE);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width <= PHONE.width, `wider than a phone: ${width} px`);
  await axeFaults("phone");
  await shot("phone");
  await page.setViewportSize(DESK);
  expect((await page.evaluate(() => document.documentElement.scrollWidth)) <= DESK.width, "wider than 1200 px");
  await page.emulateMedia({ media: "print", colorScheme: "light" });
  await axeFaults("print");
  expect(!(await page.locator("#panel").isVisible()) && !(await page.locator("#filters").isVisible()), "controls are printed");
  if (process.env.SHOTS) await page.pdf({ path: join(process.env.SHOTS, "print.pdf"), format: "A4" });
  await page.emulateMedia({ media: "screen", colorScheme: "light" });

  // the figure, which alone is loaded from the study's folder, and only when it is asked for
  if (await page.locator("#look-button").count()) {
    const requests = found.length;
    await page.locator("tbody tr:has(th a) th").first().click({ position: { x: 1, y: 60 } });
    await page.keyboard.press("v");
    await page.waitForFunction(() => document.querySelector("#look-image").naturalWidth > 0, null, { timeout: 5000 }).catch(() => found.push("v shows no figure"));
    await shot("figure");
    const asked = found.splice(requests).filter((text) => !/^request: file:.*picture\.png$/.test(text));
    found.push(...asked);
  }
  console.log(`${n} studies by keyboard in ${seconds.toFixed(1)} s`);
} catch (error) {
  found.push(`test: ${error.message}`);
} finally {
  await browser.close();
}
for (const text of new Set(found)) console.log(`         ${text}`);
console.log(`${found.length === 0 ? "ok    " : "FAILED"} ${file.split("/").slice(-2).join("/")}`);
process.exit(found.length === 0 ? 0 : 1);

async function axeFaults(when) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, impact, nodes } of violations) found.push(`${id} (${impact}, ${when}): ${nodes[0].html.slice(0, 160)}`);
}

async function shot(name, fullPage = false) {
  if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`), fullPage });
}
