// The page that chooses columns: buttons that move a column up and down instead of numbers.
"use strict";

document.querySelectorAll("[data-columns]").forEach((list) => {
  const number = () =>
    [...list.children].forEach((row, at) => {
      row.querySelector(".rg-place").value = at + 1;
      row.querySelector("[data-move='up']").disabled = at === 0;
      row.querySelector("[data-move='down']").disabled = at === list.children.length - 1;
    });
  [...list.children].forEach((row) => {
    const title = row.querySelector("label span").textContent;
    row.querySelector(".rg-place").hidden = true;
    [["up", "↑"], ["down", "↓"]].forEach(([direction, arrow]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "rg-button rg-button--small";
      button.dataset.move = direction;
      button.textContent = arrow;
      button.setAttribute("aria-label", `Move ${title} ${direction}`);
      button.addEventListener("click", () => {
        const other = direction === "up" ? row.previousElementSibling : row.nextElementSibling;
        if (!other) return;
        if (direction === "up") other.before(row);
        else other.after(row);
        number();
        const next = button.disabled ? row.querySelector("[data-move]:not([disabled])") : button;
        next.focus();
      });
      row.append(button);
    });
  });
  number();
});
