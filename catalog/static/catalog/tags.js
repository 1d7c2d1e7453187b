// Lists of tags (`input[data-tags]`) as chips: added with suggestions, removed and reordered by keyboard or mouse.
// The text input stays what is sent: words separated by commas.
"use strict";

(() => {
  const make = (name, attributes = {}, text = "") => {
    const element = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    element.textContent = text;
    return element;
  };
  // As the server writes them, where they are words: `Real-Time APIs` is real_time_apis.
  const normalise = (text, isKey) =>
    isKey
      ? text.trim()
      : text.normalize("NFKC").toLowerCase().replace(/[\s_./&+-]+/g, "_").replace(/^_+|_+$/g, "");
  const isTag = (text) => /^[a-z0-9]+(_[a-z0-9]+)*$/.test(text);

  const enhance = (input) => {
    const isKey = input.dataset.tags === "keys";
    const labels = isKey ? JSON.parse(document.getElementById(`${input.id}_labels`).textContent) : {};
    const title = input.getAttribute("aria-label") || document.querySelector(`label[for="${input.id}"]`)?.textContent.replace(/[*:]/g, "").trim() || "";
    const split = (text) => text.split(/[,\n]/).map((part) => normalise(part, isKey)).filter(Boolean);
    let tags = split(input.value);

    const box = make("div", { class: "rg-tags" });
    const chips = make("ul", { class: "rg-tags-list", "aria-label": `${title}: chosen` });
    const entry = make("input", {
      class: "rg-input", type: "text", id: `${input.id}_new`, autocomplete: "off", maxlength: "160",
      placeholder: isKey ? "Add by name or key" : "Add a word", "aria-label": `Add to ${title}`,
      "aria-describedby": `${input.id}_keys`, list: `${input.id}_suggestions`,
    });
    const list = make("datalist", { id: `${input.id}_suggestions` });
    const keys = make("p", { class: "rg-help", id: `${input.id}_keys` },
      "Enter or comma adds. On a chosen one: Delete removes it, Alt with an arrow key moves it.");
    const said = make("p", { class: "rg-hidden", role: "status" });

    const say = (text) => { said.textContent = text; };
    const name = (tag) => labels[tag] || tag.replaceAll("_", " ");
    const keep = () => {
      const text = tags.join(", ");
      if (input.value === text) return;
      input.value = text;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const focus = (at) => {
      const chip = chips.children[Math.min(at, tags.length - 1)];
      (chip ? chip.firstElementChild : entry).focus();
    };
    const move = (at, to) => {
      if (to < 0 || to >= tags.length) return;
      const [tag] = tags.splice(at, 1);
      tags.splice(to, 0, tag);
      draw();
      focus(to);
      say(`${name(tag)} is now number ${to + 1} of ${tags.length}`);
    };
    const remove = (at) => {
      const [tag] = tags.splice(at, 1);
      draw();
      focus(at);
      say(`${name(tag)} removed`);
    };
    const add = (text) => {
      split(text).forEach((tag) => {
        if (tags.includes(tag)) say(`${name(tag)} is there already`);
        else { tags.push(tag); say(`${name(tag)} added`); }
      });
      entry.value = "";
      draw();
    };
    const chip = (tag, at) => {
      const item = make("li", { class: "rg-tag", draggable: "true" });
      const button = make("button", {
        type: "button", class: "rg-tag-name", title: tag,
        "aria-label": `${name(tag)}, number ${at + 1} of ${tags.length}`,
      }, name(tag));
      if (!isKey && !isTag(tag)) item.classList.add("rg-tag--bad");
      const cross = make("button", { type: "button", class: "rg-tag-cross", tabindex: "-1", "aria-label": `Remove ${name(tag)}` }, "×");
      button.tabIndex = at === 0 ? 0 : -1;
      button.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
        if (step && event.altKey) move(at, at + step);
        else if (step) focus(Math.max(at + step, 0));
        else if (event.key === "Delete" || event.key === "Backspace") remove(at);
        else return;
        event.preventDefault();
      });
      cross.addEventListener("click", () => remove(at));
      item.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/plain", String(at)));
      item.addEventListener("dragover", (event) => event.preventDefault());
      item.addEventListener("drop", (event) => {
        event.preventDefault();
        const from = Number(event.dataTransfer.getData("text/plain"));
        if (Number.isInteger(from) && from < tags.length) move(from, at);
      });
      item.append(button, cross);
      return item;
    };
    const draw = () => {
      keep();
      chips.replaceChildren(...tags.map(chip));
      chips.hidden = tags.length === 0;
    };
    let asked = 0;
    const suggest = () => {
      const number = ++asked;
      window.registrySuggest(input.dataset.suggest, entry.value).then((found) => {
        // An earlier question may be answered later.
        if (number !== asked) return;
        found.forEach(({ value, label }) => { if (label) labels[value] = label; });
        window.registryFill(list, found.filter(({ value }) => !tags.includes(value)), "");
      });
    };

    entry.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === ",") {
        // Enter would send the form.
        event.preventDefault();
        if (entry.value.trim()) add(entry.value);
      } else if (event.key === "Backspace" && !entry.value && tags.length) {
        focus(tags.length - 1);
        event.preventDefault();
      }
    });
    const later = window.registryLater(suggest);
    entry.addEventListener("input", (event) => {
      // A suggestion that was chosen from the list arrives whole.
      const isChosen = !(event instanceof InputEvent) || event.inputType === "insertReplacementText";
      if (isChosen && [...list.options].some((option) => option.value === entry.value)) add(entry.value);
      else if (entry.value.includes(",")) add(entry.value);
      else later();
    });
    entry.addEventListener("focus", suggest, { once: true });
    entry.addEventListener("blur", () => entry.value.trim() && add(entry.value));

    // The label leads to what is used; the text itself is out of the way, not gone.
    const label = document.querySelector(`label[for="${input.id}"]`);
    if (label) label.htmlFor = entry.id;
    document.querySelectorAll(`a[href="#${input.id}"]`).forEach((link) => { link.hash = entry.id; });
    input.hidden = true;
    box.append(chips, entry, list, keys, said);
    input.after(box);
    draw();
    // A link to the field, such as one from the publish page, leads here.
    if (location.hash === `#${input.id}`) entry.focus();
  };

  document.querySelectorAll("input[data-tags]").forEach(enhance);
})();
