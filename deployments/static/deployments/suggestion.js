// Builders that fit the source, without loading the page again: so typed secrets stay where they are. The server renders the
// part of the page; this asks for it, waits for a look that is under way, and puts it in place. Without it, buttons post.
"use strict";

(() => {
  const part = () => document.getElementById("builder-choice");
  const say = (words) => (document.getElementById("announcement").textContent = words);
  const parse = (text) => new DOMParser().parseFromString(text, "text/html").getElementById("builder-choice");
  let failures = 0, round = 0;

  async function get(address, options) {
    const answer = await fetch(address, { credentials: "same-origin", ...options });
    if (answer.redirected || !answer.ok) throw new Error(answer.status);
    const found = parse(await answer.text());
    if (!found) throw new Error("no such part");
    return found;
  }

  // What somebody has chosen or opened meanwhile stays so, and the focus stays in its place.
  function put(fresh) {
    const old = part(), own = old.querySelector("input[type=radio]:checked");
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const now = document.adoptNode(fresh);
    if (own && !own.defaultChecked) {
      const same = [...now.querySelectorAll("input[type=radio]")].find((radio) => radio.value === own.value);
      if (same) same.checked = true;
    }
    if (old.querySelector("details").open) now.querySelector("details").open = true;
    old.replaceWith(now);
    const words = document.getElementById("suggestion-words");
    if (words) say(words.textContent);
    if (!focused) return;
    const again = focused.type === "radio"
      ? [...now.querySelectorAll("input[type=radio]")].find((radio) => radio.value === focused.value)
      : now.querySelector(focused.localName === "summary" ? "summary" : "#suggestion");
    (again ?? now.querySelector("#suggestion"))?.focus();
  }

  async function wait(mine) {
    while (mine === round && part().dataset.look) {
      await new Promise((done) => setTimeout(done, 1000 * Math.min(1 + failures, 10)));
      try {
        const fresh = await get(part().dataset.look);
        if (mine !== round) return;
        failures = 0;
        if (!fresh.dataset.look) put(fresh);
      } catch {
        failures += 1;
        const words = document.getElementById("suggestion-words");
        if (failures === 3 && words) say(words.textContent = "The registry does not answer, or you are signed out.");
        if (failures > 60) return;
      }
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[name=suggest]");
    if (!button || button.dataset.plain) return;
    event.preventDefault();
    if (button.disabled) return;
    const form = button.form, body = new FormData(form, button);
    round += 1;
    const mine = round;
    button.focus();
    button.setAttribute("aria-disabled", "true");
    try {
      const fresh = await get(form.action, { method: "POST", body });
      if (mine !== round) return;
      put(fresh);
      wait(mine);
    } catch {
      // Whatever that page says, it is for the person to see.
      button.dataset.plain = "yes";
      form.requestSubmit(button);
    }
  });

  wait(round);
})();
