"use strict";
// Going through the studies of a batch: choosing, sorting, filtering, marking and saving.
(() => {
  const byId = (id) => document.getElementById(id);
  const body = document.querySelector("tbody");
  const rows = [...body.rows];
  const MARKS = { pass: "pass", fail: "fail", look_again: "look again" };
  const STORE = "hemastage-qc/";
  const picture = document.body.dataset.picture;
  let current = null;

  // ---- marks: those of the browser win over those that the page was made with
  const store = (() => {
    try {
      localStorage.setItem(`${STORE}test`, "1");
      localStorage.removeItem(`${STORE}test`);
      return localStorage;
    } catch {
      const kept = new Map();
      return {
        isBrief: true,
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => kept.set(key, value),
        removeItem: (key) => kept.delete(key),
      };
    }
  })();
  const keyOf = (row) => `${STORE}${row.dataset.id || "failed"}/${row.dataset.name}`;

  function reviewOf(row) {
    try {
      const kept = JSON.parse(store.getItem(keyOf(row)));
      if (kept && typeof kept === "object") return { mark: kept.mark in MARKS ? kept.mark : "", note: String(kept.note ?? ""), of: row.dataset.id };
    } catch {
      // what somebody else wrote there
    }
    const { mark = "", note = "", of = row.dataset.id } = row.dataset;
    return { mark, note, of };
  }

  function setReview(row, change) {
    const { mark, note } = { ...reviewOf(row), ...change };
    store.setItem(keyOf(row), JSON.stringify({ mark, note }));
    showMark(row);
    showCurrent();
    showProgress();
  }

  function showMark(row) {
    const { mark, note, of } = reviewOf(row);
    const cell = row.querySelector(".mark");
    cell.replaceChildren();
    if (mark) {
      const label = document.createElement("b");
      label.className = mark;
      label.textContent = MARKS[mark];
      cell.append(label);
    }
    if (mark && of !== row.dataset.id) {
      const earlier = document.createElement("span");
      earlier.className = "earlier";
      earlier.textContent = " of earlier results";
      cell.append(earlier);
    }
    if (note) {
      const text = document.createElement("span");
      text.textContent = ` ${note}`;
      cell.append(text);
    }
  }

  function showProgress() {
    const counts = { pass: 0, fail: 0, look_again: 0 };
    for (const row of rows) {
      const { mark } = reviewOf(row);
      if (mark) counts[mark] += 1;
    }
    const marked = counts.pass + counts.fail + counts.look_again;
    const brief = store.isBrief ? " This browser keeps no marks for a page like this: save them before closing it." : "";
    byId("progress").textContent = `${marked} of ${rows.length} marked: ${counts.pass} pass, ${counts.fail} fail, ${counts.look_again} look again.${brief}`;
  }

  function save() {
    const plain = (text) => text.replace(/[\t\r\n\u0085\u2028\u2029]+/g, " ").trim();
    const lines = ["study\tqc\tqc_note\treport"];
    for (const row of [...rows].sort(byNumber)) {
      const { mark, note, of } = reviewOf(row);
      if (mark || note) lines.push([row.dataset.name, mark || "n/a", plain(note) || "n/a", of || "n/a"].join("\t"));
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/tab-separated-values" }));
    link.download = "qc.tsv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  // ---- the chosen study
  const shown = () => [...body.rows].filter((row) => !row.hidden);
  const linkOf = (row) => row.querySelector("th a");
  const byNumber = (a, b) => a.id.slice(1) - b.id.slice(1);

  function choose(row, focus = true) {
    if (!row) return;
    if (current) {
      current.removeAttribute("aria-current");
      linkOf(current)?.setAttribute("tabindex", "-1");
    }
    current = row;
    row.setAttribute("aria-current", "true");
    const target = linkOf(row) ?? row.querySelector("th");
    target.setAttribute("tabindex", "0");
    if (focus) {
      target.focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
    showCurrent();
  }

  function step(by) {
    const list = shown();
    const at = list.indexOf(current);
    choose(at < 0 ? list[0] : list[Math.min(Math.max(at + by, 0), list.length - 1)]);
  }

  function chooseUnmarked() {
    const list = shown();
    const from = list.indexOf(current) + 1;
    choose([...list.slice(from), ...list.slice(0, from)].find((row) => !reviewOf(row).mark));
  }

  function showCurrent() {
    if (!current) return;
    const { mark, note } = reviewOf(current);
    const list = shown();
    const call = current.querySelector(".call, .failed");
    byId("at-name").textContent = current.dataset.name;
    byId("at-text").textContent = `${call.innerText.replace(/\s+/g, " ").trim()} · ${list.indexOf(current) + 1} of ${list.length}`;
    byId("at-warnings").replaceChildren(
      ...[...current.querySelectorAll(".warned li")].map((item) => {
        const line = document.createElement("li");
        line.textContent = item.title;
        return line;
      }),
    );
    byId("at-warnings").hidden = byId("at-warnings").childElementCount === 0;
    for (const button of document.querySelectorAll(".mark-button")) {
      button.setAttribute("aria-pressed", String(button.dataset.mark === mark));
    }
    const field = byId("note");
    if (document.activeElement !== field || field.dataset.row !== current.id) field.value = note;
    field.dataset.row = current.id;
    showPicture();
  }

  function mark(name) {
    if (!current) return;
    const cleared = reviewOf(current).mark === name;
    setReview(current, { mark: cleared ? "" : name });
    if (!cleared && byId("advance").checked) step(1);
  }

  function showPicture() {
    const look = byId("look");
    if (!look || look.hidden) return;
    const image = byId("look-image");
    const link = linkOf(current);
    byId("look-missing").hidden = Boolean(link);
    if (!link) return image.removeAttribute("src");
    const source = new URL(picture, new URL(link.href)).href;
    if (image.src !== source) {
      image.alt = `Figure of ${current.dataset.name}`;
      image.src = source;
    }
  }

  function toggleLook() {
    const look = byId("look");
    if (!look) return;
    look.hidden = !look.hidden;
    document.body.classList.toggle("looking", !look.hidden);
    byId("look-button").setAttribute("aria-pressed", String(!look.hidden));
    if (look.hidden) byId("look-image").removeAttribute("src");
    else showPicture();
    current?.scrollIntoView({ block: "nearest" });
  }

  // ---- sorting and filtering
  function valueOf(row, column) {
    if (column === 7) return Object.keys(MARKS).indexOf(reviewOf(row).mark);
    const cell = row.querySelector(".failed") && column > 1 ? null : row.cells[column];
    return cell?.dataset.v === undefined ? null : Number(cell.dataset.v);
  }

  function sort(head, column) {
    const descending = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const sign = descending ? -1 : 1;
    const compare = (a, b) => {
      if (column === 1) return sign * a.dataset.name.localeCompare(b.dataset.name, "en", { numeric: true });
      const [x, y] = [valueOf(a, column), valueOf(b, column)];
      // what has no value comes last either way
      if (x === null || y === null) return (x === null) - (y === null) || byNumber(a, b);
      return sign * (x - y) || byNumber(a, b);
    };
    body.append(...[...rows].sort(compare));
    showCurrent();
  }

  function filter() {
    const words = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const [call, warning, wanted] = ["by-call", "by-warning", "by-mark"].map((id) => byId(id).value);
    for (const row of rows) {
      const cell = row.querySelector("[data-call]");
      const warnings = [...row.querySelectorAll(".warned li")].map((item) => item.textContent);
      const { mark } = reviewOf(row);
      const text = row.textContent.toLowerCase();
      row.hidden = !(
        words.every((word) => text.includes(word)) &&
        (!call || cell.dataset.call === call || (call === "mixed" && "mixed" in cell.dataset)) &&
        (!warning || (warning === "+" ? warnings.length > 0 : warning === "-" ? warnings.length === 0 && cell.dataset.call !== "failed" : warnings.includes(warning))) &&
        (!wanted || (wanted === "none" ? !mark : mark === wanted))
      );
    }
    const list = shown();
    byId("shown").textContent = list.length === rows.length ? `${rows.length} shown` : `${list.length} of ${rows.length} shown`;
    if (!list.includes(current)) choose(list[0], false);
    else showCurrent();
  }

  // ---- keys
  const COMMANDS = {
    j: () => step(1),
    ArrowDown: () => step(1),
    k: () => step(-1),
    ArrowUp: () => step(-1),
    p: () => mark("pass"),
    f: () => mark("fail"),
    l: () => mark("look_again"),
    n: () => byId("note").focus(),
    u: chooseUnmarked,
    v: toggleLook,
    s: save,
    "/": () => byId("filter").focus(),
    "?": () => byId("help").showModal(),
    Enter: () => current && linkOf(current)?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
    const at = event.target;
    if (at.id === "note" && (event.key === "Enter" || event.key === "Escape")) {
      event.preventDefault();
      return choose(current);
    }
    if (at.id === "filter" && (event.key === "Enter" || event.key === "Escape")) {
      event.preventDefault();
      if (event.key === "Escape") {
        at.value = "";
        filter();
      }
      return choose(current ?? shown()[0]);
    }
    const isField = at.matches("input:not([type=checkbox]), select, textarea");
    // a button, link or heading acts on Enter itself
    const isOwn = event.key === "Enter" && at.closest("button, a, summary, input");
    const isLetter = event.key.length === 1;
    if (isField || isOwn || (isLetter && !byId("keys-on").checked)) return;
    const command = COMMANDS[isLetter ? event.key.toLowerCase() : event.key];
    if (!command) return;
    event.preventDefault();
    command();
  });

  // ---- what can be pressed
  const press = (id, act) => byId(id)?.addEventListener("click", act);
  press("previous", () => step(-1));
  press("next", () => step(1));
  press("save", save);
  press("look-button", toggleLook);
  press("help-button", () => byId("help").showModal());
  for (const button of document.querySelectorAll(".mark-button")) button.addEventListener("click", () => mark(button.dataset.mark));
  byId("note").addEventListener("input", (event) => current && setReview(current, { note: event.target.value }));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("input", filter);
  body.addEventListener("click", (event) => choose(event.target.closest("tr"), !event.target.closest("a")));
  for (const point of document.querySelectorAll("[data-row]")) point.addEventListener("click", () => choose(byId(`s${point.dataset.row}`)));
  const image = byId("look-image");
  image?.addEventListener("error", () => {
    image.removeAttribute("src");
    byId("look-missing").hidden = false;
  });
  for (const [id, from] of [["keys-on", true], ["advance", false]]) {
    const box = byId(id);
    const kept = store.getItem(`${STORE}${id}`);
    box.checked = kept === null ? from : kept === "1";
    box.addEventListener("change", () => store.setItem(`${STORE}${id}`, box.checked ? "1" : "0"));
  }
  for (const [n, head] of [...document.querySelectorAll("thead th")].entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.textContent = head.textContent;
    head.dataset.name = head.textContent;
    button.addEventListener("click", () => sort(head, n + 1));
    head.replaceChildren(button);
  }
  byId("filters").hidden = false;
  byId("panel").hidden = false;
  for (const row of rows) {
    linkOf(row)?.setAttribute("tabindex", "-1");
    showMark(row);
  }
  filter();
  showProgress();
  choose(rows[0], false);
})();
