// A new provider shows the questions of its own type only; groups in which something is wrong always show.
"use strict";

(() => {
  const type = document.querySelector("select#id_provider_type");
  if (!type) return;
  const groups = [...document.querySelectorAll("fieldset")].filter((group) => /\brg-only-\w+/.test(group.className));
  const update = () =>
    groups.forEach((group) => {
      const isWrong = group.querySelector(".rg-error, .errorlist") !== null;
      group.hidden = !group.classList.contains(`rg-only-${type.value}`) && !isWrong;
    });
  type.addEventListener("change", update);
  update();
})();
