// Charts of tables: each [data-chart] has a table of figures, and a canvas that is shown once it is drawn.
// Colours are the theme's, and are read again when it changes; nothing moves where the reader wants no motion.
import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from "chart.js";
import { locale } from "./locale.js";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const rightToLeft = () => document.documentElement.dir === "rtl";
const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

/** Draws every chart of the page. */
export function drawCharts() {
  const charts = [...document.querySelectorAll("[data-chart]:has(table)")].map((part) => new FigureChart(part));
  new MutationObserver(() => charts.forEach((one) => one.recolour())).observe(document.documentElement, {
    attributeFilter: ["data-bs-theme"],
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((one) => one.recolour()));
}

class FigureChart {
  constructor(part) {
    const table = part.querySelector("[data-figures]");
    const rows = [...table.querySelectorAll("tbody tr")].map((row) => row.dataset);
    this.across = table.dataset.figures === "status";
    this.amounts = new Intl.NumberFormat(locale, { style: "currency", currency: table.dataset.currency });
    this.short = new Intl.NumberFormat(locale, { style: "currency", currency: table.dataset.currency, notation: "compact" });
    const box = part.querySelector(".chart-canvas");
    box.hidden = false;
    const data = {
      labels: rows.map((row) => row.label),
      datasets: [{ data: rows.map((row) => Number(this.across ? row.gross : row.share)), maxBarThickness: 36, borderRadius: 3 }],
    };
    this.chart = new Chart(box.querySelector("canvas"), { type: "bar", data, options: this.options() });
    this.recolour();
  }

  options() {
    const mirrored = rightToLeft();
    const amount = this.across ? "x" : "y";
    const side = { position: mirrored ? "right" : "left" };
    const scales = { x: { reverse: mirrored }, y: side };
    scales[amount] = { ...scales[amount], beginAtZero: true, ticks: { callback: (value) => this.short.format(value), maxTicksLimit: 5 } };
    scales[this.across ? "y" : "x"].grid = { display: false };
    return {
      indexAxis: this.across ? "y" : "x",
      locale: locale.toString(),
      maintainAspectRatio: false,
      animation: CALM.matches ? false : { duration: 150 },
      scales,
      plugins: {
        tooltip: { rtl: mirrored, displayColors: false, callbacks: { label: (item) => this.amounts.format(item.raw) } },
      },
    };
  }

  recolour() {
    const [bars, text, lines] = [colour("--tblr-primary"), colour("--tblr-secondary"), colour("--tblr-border-color")];
    this.chart.data.datasets[0].backgroundColor = bars;
    for (const scale of Object.values(this.chart.options.scales)) {
      scale.ticks = { ...scale.ticks, color: text };
      scale.grid = { ...scale.grid, color: lines };
      scale.border = { color: lines };
    }
    this.chart.update("none");
  }
}
