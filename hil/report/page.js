"use strict";
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

function keyOf(row, column) {
  const cell = row.cells[column];
  const value = cell.dataset.value ?? cell.textContent.trim();
  const number = Number(value);
  return { missing: value === "" || cell.querySelector(".missing") !== null, value, number };
}

function compare(a, b) {
  if (Number.isNaN(a.number) || Number.isNaN(b.number)) {
    return a.value.localeCompare(b.value, "en", { numeric: true });
  }
  return a.number - b.number;
}

function sort(button) {
  const header = button.closest("th");
  const body = button.closest("table").tBodies[0];
  const down = header.getAttribute("aria-sort") === "ascending";
  for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  const rows = [...body.rows].map((row) => ({ row, key: keyOf(row, header.cellIndex) }));
  // What was not measured stays at the end in both directions.
  rows.sort((a, b) => a.key.missing - b.key.missing || compare(a.key, b.key) * (down ? -1 : 1));
  body.append(...rows.map((one) => one.row));
}

function filter(chosen) {
  const verdict = chosen.dataset.filter;
  for (const button of all("[data-filter]")) button.setAttribute("aria-pressed", String(button === chosen));
  for (const part of all("[data-verdict]")) part.hidden = verdict !== "" && part.dataset.verdict !== verdict;
}

function openAll(button) {
  const open = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(open));
  button.textContent = open ? "close all logs" : "open all logs";
  for (const part of all("details")) part.open = open;
}

for (const button of all("button.sort")) button.addEventListener("click", () => sort(button));
for (const button of all("[data-filter]")) button.addEventListener("click", () => filter(button));
const opener = document.getElementById("open-all");
opener.addEventListener("click", () => openAll(opener));
window.addEventListener("beforeprint", () => { for (const part of all("details")) part.open = true; });
all(".controls")[0].hidden = false;
