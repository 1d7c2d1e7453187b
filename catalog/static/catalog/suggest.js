// Suggestions from what people have typed before, in the browser's own list below an input (`data-suggest`: where from).
"use strict";

window.registrySuggest = (address, typed) =>
  fetch(`${address}?q=${encodeURIComponent(typed)}`, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : { suggestions: [] }))
    .then((answer) => answer.suggestions)
    .catch(() => []);

window.registryFill = (list, suggestions, before) =>
  list.replaceChildren(
    ...suggestions.map(({ value, label }) => {
      const option = document.createElement("option");
      option.value = before + value;
      if (label) option.label = label;
      return option;
    }),
  );

// Calls `act` once nothing has happened for a moment.
window.registryLater = (act, milliseconds = 200) => {
  let waiting;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(act, milliseconds);
  };
};

document.querySelectorAll("input[data-suggest]:not([data-tags])").forEach((input) => {
  let asked = 0;
  const update = () => {
    if (!input.list) return;
    const number = ++asked;
    const last = input.value.lastIndexOf(",") + 1;
    const typed = input.value.slice(last).trim();
    const before = input.value.slice(0, last) + (last ? " " : "");
    window.registrySuggest(input.dataset.suggest, typed).then((found) => {
      // An earlier question may be answered later.
      if (number === asked && document.activeElement === input) window.registryFill(input.list, found, before);
    });
  };
  input.addEventListener("input", window.registryLater(update));
  input.addEventListener("focus", update, { once: true });
});
