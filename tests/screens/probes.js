// What the checks ask a page; runs in the page beside axe-core, before its own scripts.
(() => {
  const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const LIBRARYS = ["#swagger-ui"]; // drawn by a bundle of Flask-AppBuilder's, for programmers
  const SHOWN_NODES = 4;
  const SLACK = 1.5;

  /** What axe-core finds, a line for each rule; `rules` restricts it to these. */
  async function axeViolations(rules) {
    const runOnly = rules ? { type: "rule", values: rules } : { type: "tag", values: TAGS };
    const { violations } = await axe.run({ exclude: LIBRARYS }, { runOnly, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes: every }) => {
      const nodes = every.filter((node) => !isBelowMenu(node));
      if (nodes.length === 0) return [];
      const places = nodes.slice(0, SHOWN_NODES).map((node) => node.target.join(" "));
      const why = reasons(nodes[0])[0]?.message ?? "";
      return `axe ${id}, ${nodes.length} times: ${places.join(" | ")} (${why})`;
    });
  }

  const reasons = (node) => [...node.any, ...node.all, ...node.none];
  /** What an open menu or list covers is no small target: it is seen whole where that is closed. */
  const isBelowMenu = (node) => reasons(node).some(({ data }) => /obscured/i.test(data?.messageKey ?? ""));

  const isHidden = (box) => box.clientWidth <= 1 && box.clientHeight <= 1; // for screen readers only
  const beyond = (text, box) =>
    text.left < box.left - SLACK ||
    text.right > box.right + SLACK ||
    text.top < box.top - text.height / 3 ||
    text.bottom > box.bottom + text.height / 3;

  /** No text that is seen, or in a block of the calendar, as high as the appointment is long; its title says all. */
  const CUT_OR_UNSEEN = "script, style, option, template, .skip-link, .ec-event";

  /** What cuts this text off: a box around it, or the edge of the page. */
  function cutBy(element, text) {
    for (let box = element; box && box !== document.body; box = box.parentElement) {
      const { overflowX, overflowY, display, position } = getComputedStyle(box);
      if (overflowX === "auto" || overflowX === "scroll") return null;
      const cuts = [overflowX, overflowY].some((one) => one === "hidden" || one === "clip") && display !== "inline";
      if (cuts && isHidden(box)) return null;
      if (cuts && beyond(text, box.getBoundingClientRect())) return box;
      if (position === "fixed") break;
    }
    const width = document.documentElement.clientWidth;
    return text.left < -SLACK || text.right > width + SLACK ? document.body : null;
  }

  /** Texts that are cut off. */
  function clippedTexts() {
    const found = new Set();
    const range = document.createRange();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      const words = texts.currentNode.data.trim();
      if (!words || element.closest(CUT_OR_UNSEEN)) continue;
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      range.selectNodeContents(texts.currentNode);
      const box = cutBy(element, range.getBoundingClientRect());
      if (box) found.add(`"${words.slice(0, 40)}" in ${named(element)} is cut off by ${named(box)}`);
    }
    return [...found];
  }

  const named = (element) => [element.localName, ...element.classList].join(".");

  /** How many pixels the page can be scrolled sideways. */
  const sideways = () => document.scrollingElement.scrollWidth - document.documentElement.clientWidth;

  /** Elements that move for longer than `seconds`, or for ever. */
  function movingLonger(seconds) {
    const time = (list) => Math.max(...list.split(",").map((one) => parseFloat(one) * (one.endsWith("ms") ? 0.001 : 1)));
    const moves = (element, pseudo) => {
      const style = getComputedStyle(element, pseudo);
      const turns = style.animationName === "none" ? 0 : time(style.animationDuration);
      return Math.max(time(style.transitionDuration), turns) > seconds;
    };
    const every = [...document.querySelectorAll("body, body *")];
    return [...new Set(every.filter((one) => [null, "::before", "::after"].some((part) => moves(one, part))).map(named))];
  }

  // -- the keyboard --

  const SHOWN_BY = ["outline", "boxShadow", "borderColor", "backgroundColor", "textDecoration"];
  const unfocused = new WeakMap();
  const around = (element) => [element, element.parentElement, element.nextElementSibling].filter(Boolean);
  const drawn = (element) => around(element).map((one) => SHOWN_BY.map((property) => getComputedStyle(one)[property]).join());

  let before = null;

  /** Remembers how everything looks that may get the focus; what a live part draws anew, as well. */
  function rememberUnfocused() {
    for (const element of document.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]")) {
      if (element !== document.activeElement && !unfocused.has(element)) unfocused.set(element, drawn(element));
    }
  }

  /** A live part has drawn it anew while it had the focus. */
  function lookWithoutFocus(element) {
    element.blur();
    unfocused.set(element, drawn(element));
    element.focus({ preventScroll: true });
  }

  /** What has the focus, and what is wrong with how it shows; null where nothing has it. */
  function focused() {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    if (!unfocused.has(element)) lookWithoutFocus(element);
    const box = element.getBoundingClientRect();
    const inside = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height, innerHeight) / 2);
    const isSeen = inside && (element.contains(inside) || inside.contains(element) || element.labels?.[0]?.contains(inside));
    const looks = drawn(element);
    const isMarked = unfocused.get(element)?.some((plain, part) => plain !== looks[part]);
    const isPart = element === before; // the days and months of a date are the browser's own
    before = element;
    rememberUnfocused();
    const name = `${named(element)} "${(element.textContent || element.name || "").trim().slice(0, 30)}"`;
    return { name, isPart, isSeen: Boolean(isSeen), isMarked: Boolean(isMarked), isSkipLink: element.matches(".skip-link") };
  }

  window.probes = { axeViolations, clippedTexts, sideways, movingLonger, rememberUnfocused, focused };
})();
