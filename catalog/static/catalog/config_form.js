// Forms of configs: adds and removes rows, and hides what does not apply. Without it buttons post, and everything shows.
"use strict";

(() => {
  const inputsOf = (name) => [...document.getElementsByName(name)].filter((input) => input.type !== "hidden");

  // What the config would have: the value, else its default.
  const valueOf = (name) => {
    const [input] = inputsOf(name);
    if (!input) return "";
    if (input.type === "checkbox") return input.checked ? "true" : "false";
    return input.value || input.dataset.default || "";
  };
  const isFilled = (name) => inputsOf(name).some((input) => (input.type === "checkbox" ? input.checked : input.value.trim() !== ""));

  // As `form_reading.holds` says: where nobody knows, it shows.
  const holds = ({ tests, filled, isNegated }) => {
    if (tests.some(([name]) => valueOf(name) === "")) return true;
    const all = tests.every(([name, values]) => values.includes(valueOf(name))) && filled.every(isFilled);
    return all !== isNegated;
  };

  const showWhatApplies = () => {
    document.querySelectorAll("[data-shown-when]").forEach((field) => {
      const applies = JSON.parse(field.dataset.shownWhen).every(holds);
      field.hidden = !applies && !field.querySelector(".rg-error");
    });
  };

  const addRow = (button) => {
    const rows = [...document.querySelectorAll("[data-rows]")].find((each) => each.dataset.rows === button.value);
    const template = rows.querySelector(":scope > template");
    const numbers = [...rows.querySelectorAll(":scope > [data-row] > input[type=hidden]:first-child")].map((input) => Number(input.value));
    const made = document.createElement("template");
    made.innerHTML = template.innerHTML.replaceAll(template.dataset.number, String(Math.max(-1, ...numbers) + 1));
    const row = made.content.firstElementChild;
    template.before(row);
    row.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[name='add-row'], button[name='remove-row']");
    if (!button) return;
    event.preventDefault();
    if (button.name === "add-row") {
      addRow(button);
    } else {
      const rows = button.closest("[data-rows]");
      button.closest("[data-row]").remove();
      rows.parentElement.querySelector(":scope > div > button[name='add-row']")?.focus();
    }
    showWhatApplies();
  });
  document.addEventListener("input", showWhatApplies);
  document.addEventListener("DOMContentLoaded", showWhatApplies);
})();
