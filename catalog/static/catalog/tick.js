// A button that ticks every box of one form, or none of them if all are ticked.
"use strict";

document.querySelectorAll("button[data-tick]").forEach((button) => {
  const boxes = () => [...document.querySelectorAll(`input[type="checkbox"][form="${button.dataset.tick}"]`)];
  button.hidden = false;
  button.addEventListener("click", () => {
    const tick = boxes().some((box) => !box.checked);
    boxes().forEach((box) => (box.checked = tick));
    button.textContent = tick ? "Tick none" : "Tick all on this page";
  });
});
