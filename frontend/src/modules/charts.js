// Charts of tables: each [data-chart] has a table of figures, and a canvas that is shown once it is drawn.
// Colours are the theme's, and are read again when it changes; nothing moves where the reader wants no motion.
import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from "chart.js";
import { locale } from "./locale.js";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const DARK = matchMedia("(prefers-color-scheme: dark)");
const probe = document.createElement("span");
const rightToLeft = () => document.documentElement.dir === "rtl";

/** A colour of the theme, as a canvas can read it. */
function colour(name) {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

const bars = () => colour("--tblr-primary");
const words = () => colour("--tblr-secondary");
const lines = () => colour("--tblr-border-color");

/** Draws every chart of the page. */
export function drawCharts() {
  const charts = [...document.querySelectorAll("[data-chart]:has(table)")].map(draw);
  const recolour = () => charts.forEach((chart) => chart.update("none"));
  new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  DARK.addEventListener("change", recolour);
}

function draw(part) {
  const table = part.querySelector("[data-figures]");
  const rows = [...table.querySelectorAll("tbody tr")].map((row) => row.dataset);
  const byState = table.dataset.figures === "status";
  const box = part.querySelector(".chart-canvas");
  box.hidden = false;
  const values = rows.map((row) => Number(byState ? row.gross : row.share));
  return new Chart(box.querySelector("canvas"), {
    type: "bar",
    data: {
      labels: rows.map((row) => row.label),
      datasets: [{ data: values, backgroundColor: bars, maxBarThickness: 36, borderRadius: 3 }],
    },
    options: options(byState, table.dataset.currency),
  });
}

/** States lie under each other, their amounts going across; days stand side by side. */
function options(byState, currency) {
  const mirrored = rightToLeft();
  const whole = new Intl.NumberFormat(locale, { style: "currency", currency });
  const short = new Intl.NumberFormat(locale, { style: "currency", currency, notation: "compact" });
  const amounts = { beginAtZero: true, ticks: { callback: (value) => short.format(value), maxTicksLimit: 5, color: words } };
  const names = { ticks: { color: words, maxRotation: 0, autoSkipPadding: 12 }, grid: { display: false } };
  const [x, y] = byState ? [amounts, names] : [names, amounts];
  const border = { color: lines };
  return {
    indexAxis: byState ? "y" : "x",
    locale: locale.toString(),
    maintainAspectRatio: false,
    animation: CALM.matches ? false : { duration: 150 },
    scales: {
      x: { grid: { color: lines }, ...x, border, reverse: mirrored },
      y: { grid: { color: lines }, ...y, border, position: mirrored ? "right" : "left" },
    },
    plugins: {
      tooltip: { rtl: mirrored, displayColors: false, callbacks: { label: (item) => whole.format(item.raw) } },
    },
  };
}
