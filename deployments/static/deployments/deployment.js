// The page of a deployment, live: lines of the log by server-sent events, by asking every two seconds where those cannot be
// had; whenever the state changes, the server's own parts of the page are put in place of the old ones.
"use strict";

(() => {
  const card = document.getElementById("log-card"), api = card.dataset.api, trouble = document.getElementById("log-trouble");
  const isTail = "tail" in card.dataset;
  let last = Number(card.dataset.total), isOver = "over" in card.dataset, failures = 0, isDue = false, isRenewing = false;
  const say = (words) => (document.getElementById("announcement").textContent = words);
  const headline = (page) => page.getElementById("headline").textContent.trim();

  async function get(address) {
    const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json, text/html" } });
    if (answer.redirected || !answer.ok) throw new Error(answer.status);
    return answer;
  }

  const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

  // One after another, and once more for whatever came meanwhile; what fails is tried again for a minute.
  async function renew() {
    isDue = true;
    if (isRenewing) return;
    isRenewing = true;
    for (let tries = 0; isDue && tries < 20;) {
      isDue = false;
      try {
        await replaceParts();
        tries = 0;
      } catch {
        tries += 1;
        isDue = true;
        await wait(3000);
      }
    }
    isRenewing = false;
  }

  async function replaceParts() {
    const fresh = new DOMParser().parseFromString(await (await get(card.dataset.state)).text(), "text/html");
    if (!fresh.getElementById("standing")) return;
    const before = headline(document), focused = document.activeElement?.id;
    ["standing", "steps", "facts"].forEach((id) => {
      const old = document.getElementById(id), now = fresh.getElementById(id);
      // What says the same stays as it is, with what the reader has opened.
      if (id === "standing" || old.textContent !== now.textContent) old.replaceWith(document.adoptNode(now));
    });
    isOver = "over" in document.getElementById("standing").dataset;
    if (headline(document) !== before) say(headline(document));
    if (focused && document.activeElement === document.body) {
      (document.getElementById(focused) ?? document.getElementById("headline")).focus();
    }
  }

  function take(lines) {
    const fresh = lines.filter((line) => line.seq > last);
    if (!fresh.length) return;
    last = fresh[fresh.length - 1].seq;
    // A part from the midst of the log stays what it is.
    if (isTail) rgLog.add(fresh);
  }

  function warn(words) {
    if (trouble.textContent !== words) say(words);
    trouble.textContent = words;
    trouble.hidden = !words;
  }

  function listen() {
    const source = new EventSource(`${api}events?after=${last}`);
    let silent = 0;
    source.addEventListener("open", () => warn(""));
    source.addEventListener("line", (event) => { silent = 0; take([JSON.parse(event.data)]); });
    source.addEventListener("state", () => { silent = 0; renew(); });
    source.addEventListener("done", () => { source.close(); warn(""); renew(); });
    source.addEventListener("error", () => {
      silent += 1;
      // The browser connects again by itself, unless the answer was none that it understands.
      if (source.readyState !== EventSource.CLOSED && silent < 3) return;
      source.close();
      poll();
    });
  }

  async function poll() {
    let state = "";
    // Not until the page says that it is over: lines come after that, and a full answer is not the last.
    for (;;) {
      try {
        const found = await (await get(`${api}logs?after=${last}&limit=1000`)).json();
        take(found.lines);
        failures = 0;
        warn("");
        const now = JSON.stringify([found.state, found.steps, found.error]);
        if (now !== state || found.isOver) await renew();
        state = now;
        if (found.lines.length === 1000) continue;
        if (found.isOver) return;
      } catch {
        failures += 1;
        if (failures > 1) warn("The registry does not answer, or you are signed out. The deployment goes on by itself; load this page again to see it.");
      }
      await wait(Math.min(2000 * Math.max(failures, 1), 15000));
    }
  }

  // Seconds count on between two looks.
  setInterval(() => {
    const seconds = document.querySelector("#standing [data-seconds]");
    if (seconds) seconds.textContent = Number(seconds.textContent) + 1;
  }, 1000);

  // Earlier lines come in place; without this, the link opens the page of them.
  document.querySelector("#log-earlier a").addEventListener("click", async (event) => {
    event.preventDefault();
    const first = rgLog.first(), after = Math.max(first - 1001, 0), link = event.currentTarget;
    rgLog.stay();
    try {
      const found = await (await get(`${api}logs?after=${after}&limit=1000`)).json();
      if (rgLog.first() === first) rgLog.prepend(found.lines.filter((line) => line.seq < first));
    } catch {
      location.assign(link.href);
    }
  });

  function goTo(number) {
    if (!rgLog.has(number)) return location.assign(`?line=${number}#L${number}`);
    rgLog.stay();
    if (location.hash === `#L${number}`) document.getElementById(`L${number}`).scrollIntoView({ block: "center" });
    else location.hash = `L${number}`;
  }

  document.getElementById("log-go").addEventListener("submit", (event) => {
    event.preventDefault();
    goTo(Number(document.getElementById("log-line").value));
  });

  const named = () => Number(/^#L(\d{1,6})$/.exec(location.hash)?.[1]);

  // A link to a line that is followed on this page loads nothing by itself.
  window.addEventListener("hashchange", () => {
    if (named() && named() <= last && !rgLog.has(named())) goTo(named());
  });

  const wanted = Number(card.dataset.wanted) || named();
  if (wanted && (rgLog.has(wanted) || (wanted <= last && !card.dataset.wanted))) goTo(wanted);
  rgLog.start();
  if (!isOver) (window.EventSource ? listen : poll)();
})();
