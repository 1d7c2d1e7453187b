// Shows how a publish stands without loading the page again: asks every second, and puts the receipt in its place when
// it has ended. Afterwards it looks now and then until readers have seen it. Without it, the page reloads itself.
"use strict";

(() => {
  const say = (words) => (document.getElementById("announcement").textContent = words);
  const part = (receipt, name) => receipt.querySelector(`[data-part="${name}"]`);
  let failures = 0;

  // The server renders receipts; a new one is taken from the page itself.
  async function renew() {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("receipt");
    if (!fresh) throw new Error("no receipt");
    document.querySelector(".rg-page").replaceWith(page.querySelector(".rg-page"));
    document.title = page.title;
    document.querySelector("h1").replaceWith(page.querySelector("h1"));
    say(part(fresh, "headline").textContent);
    watch();
  }

  function show(receipt, news) {
    const headline = part(receipt, "headline");
    if (headline.textContent !== news.headline) say(news.headline);
    headline.textContent = news.headline;
    part(receipt, "detail").textContent = news.detail;
    part(receipt, "seconds").textContent = news.seconds;
    const advice = part(receipt, "advice");
    advice.textContent = news.advice;
    advice.hidden = !news.advice;
  }

  async function look(receipt) {
    const wasRunning = receipt.dataset.nextLook === "1";
    const answer = await fetch(receipt.dataset.progress, { credentials: "same-origin" });
    if (answer.redirected || !answer.ok) throw new Error(answer.status);
    const news = await answer.json();
    failures = 0;
    if (news.running) {
      show(receipt, news);
    } else if (wasRunning || news.is_seen || !news.next_look) {
      return renew();
    }
    setTimeout(() => attempt(receipt), news.next_look * 1000);
  }

  function attempt(receipt) {
    look(receipt).catch(() => {
      failures += 1;
      const advice = part(receipt, "advice");
      advice.textContent = "The registry does not answer, or you are signed out. The publish goes on by itself; load this page again to see it.";
      advice.hidden = false;
      if (failures === 3) say(advice.textContent);
      if (failures < 60) setTimeout(() => attempt(receipt), Math.min(failures, 10) * 1000);
    });
  }

  function watch() {
    const receipt = document.getElementById("receipt");
    if (receipt && receipt.dataset.progress) {
      setTimeout(() => attempt(receipt), Number(receipt.dataset.nextLook) * 1000);
    }
  }

  watch();
})();
