// Builds what the browser loads into app/static/: content-hashed scripts, style sheets and icons with a manifest.json, and fonts.
//
//   node frontend/build.mjs            builds, or says so when nothing changed
//   node frontend/build.mjs --force    builds in any case
//
// Every src/entries/*.js becomes a script and every src/entries/*.css a style sheet (app.css on top of Tabler).
// Icons: wherever a template, a Python file or a script says "ti-<name>", that Tabler icon goes into icons.svg. A style sheet
// holds those that it names as url("ti-<name>"): for what a page shows hundreds of times.
// Style rules whose class appears nowhere in templates/, app/ or src/ are dropped: write class names out in full.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import esbuild from "esbuild";
import { PurgeCSS } from "purgecss";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(HERE);
const PACKAGES = join(HERE, "node_modules");
const ENTRIES = join(HERE, "src", "entries");
const OUT = join(ROOT, "app", "static", "build");
const FONTS = join(ROOT, "app", "static", "fonts");
const MANIFEST = join(OUT, "manifest.json");
const BROWSERS = ["chrome109", "firefox115", "safari15.6"];
// Classes and attribute values that only Bootstrap's and our own scripts put on elements.
const BOOTSTRAP = ["dropdown", "collapse", "tab"].map((name) => join(PACKAGES, "bootstrap/js/dist", `${name}.js`));
const KEPT_RULES = { standard: ["dark", "light", "rtl", "show", "active", "disabled"], greedy: [/data-bs-theme/] };

const STROKE = 'fill="none" stroke="#000" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"';

const sha = (data) => createHash("sha256").update(data).digest("hex").slice(0, 10);
const walk = (folder, extension) =>
  !existsSync(folder)
    ? []
    : readdirSync(folder, { recursive: true })
        .filter((name) => name.endsWith(extension))
        .map((name) => join(folder, name))
        .sort();

function sources() {
  return {
    templates: walk(join(ROOT, "templates"), ".html"),
    python: walk(join(ROOT, "app"), ".py"),
    scripts: walk(join(HERE, "src"), ".js"),
    styles: walk(join(HERE, "src"), ".css"),
  };
}

function fingerprint(files) {
  const own = ["build.mjs", "package-lock.json", "fonts.json"].map((name) => join(HERE, name)).filter(existsSync);
  const read = [...files.templates, ...files.python, ...files.scripts, ...files.styles, ...own];
  return sha(read.map((file) => `${relative(ROOT, file)} ${sha(readFileSync(file))}`).join("\n"));
}

// EventCalendar is published as a script that sets a global: this makes the module of it that a bundle can take. Its
// events are buttons, which an <article> must not be.
const calendarAsModule = {
  name: "event-calendar",
  setup: (build) =>
    build.onLoad({ filter: /event-calendar\.min\.js$/ }, ({ path }) => {
      const [before, after, ...more] = readFileSync(path, "utf8").split("<article><!></article>");
      if (after === undefined || more.length) throw new Error("EventCalendar draws its events otherwise now: see calendarAsModule");
      return { contents: `${before}<div><!></div>${after}\nexport const { create, destroy } = EventCalendar;` };
    }),
};

// In a mask only the shape counts: as strong as the icons of pages.
const iconsOfStyles = {
  name: "icons-of-styles",
  setup: (build) => {
    build.onResolve({ filter: /^ti-/ }, ({ path }) => ({ path: `${path.slice(3)}.svg`, namespace: "icon" }));
    build.onLoad({ filter: /./, namespace: "icon" }, ({ path }) => ({
      contents: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" ${STROKE}>${drawing(basename(path, ".svg"))}</svg>`,
      loader: "dataurl",
    }));
  },
};

async function scripts() {
  const result = await esbuild.build({
    entryPoints: walk(ENTRIES, ".js"),
    outdir: OUT,
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    write: false,
    metafile: true,
    plugins: [calendarAsModule],
    target: BROWSERS,
    entryNames: "[name]-[hash]",
    chunkNames: "chunk-[hash]",
    legalComments: "none",
    logLevel: "warning",
  });
  const entryOf = Object.fromEntries(
    Object.entries(result.metafile.outputs).map(([file, output]) => [basename(file), output.entryPoint && basename(output.entryPoint)]),
  );
  return result.outputFiles.map((file) => {
    const name = basename(file.path);
    return { name: entryOf[name] ?? name, file: name, data: file.contents };
  });
}

async function usedRules(css, files) {
  const content = [...files.templates, ...files.python, ...files.scripts, ...BOOTSTRAP];
  const [purged] = await new PurgeCSS().purge({ content, css: [{ raw: css }], keyframes: true, safelist: KEPT_RULES });
  return purged.css;
}

async function minified(css, sourcefile) {
  return (await esbuild.transform(css, { loader: "css", minify: true, target: BROWSERS, sourcefile })).code;
}

async function tablerWith(css, direction, files) {
  const tabler = readFileSync(join(PACKAGES, "@tabler/core/dist/css", `tabler${direction}.css`), "utf8");
  return minified((await usedRules(tabler, files)) + css, `app${direction}.css`);
}

async function styles(files) {
  const built = walk(ENTRIES, ".css").map(async (file) => {
    const bundle = await esbuild.build({ entryPoints: [file], bundle: true, write: false, plugins: [iconsOfStyles], logLevel: "warning" });
    const css = bundle.outputFiles[0].text;
    if (basename(file) !== "app.css") return [named(basename(file), await minified(css, file))];
    return [
      named("app.css", await tablerWith(css, "", files)),
      named("app.rtl.css", await tablerWith(css, ".rtl", files)),
    ];
  });
  return (await Promise.all(built)).flat();
}

function named(name, data) {
  const extension = extname(name);
  return { name, file: `${name.slice(0, -extension.length)}-${sha(data)}${extension}`, data };
}

function icons(files) {
  const used = new Set();
  for (const file of [...files.templates, ...files.python, ...files.scripts]) {
    for (const [, name] of readFileSync(file, "utf8").matchAll(/\bti-([a-z0-9]+(?:-[a-z0-9]+)*)/g)) used.add(name);
  }
  const symbols = [...used].sort().map((name) => `<symbol id="${name}" viewBox="0 0 24 24">${drawing(name)}</symbol>`);
  return named("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

/** The shapes of a Tabler icon. */
function drawing(name) {
  const source = join(PACKAGES, "@tabler/icons/icons/outline", `${name}.svg`);
  if (!existsSync(source)) throw new Error(`There is no icon "ti-${name}"; see https://tabler.io/icons`);
  const shapes = readFileSync(source, "utf8").replace(/^[\s\S]*?<svg[^>]*>/, "").replace("</svg>", "");
  return shapes.replace(/\s*<path stroke="none" d="M0 0h24v24H0z" fill="none" \/>/, "").replace(/\n\s*/g, "");
}

function fonts() {
  const list = join(HERE, "fonts.json");
  return existsSync(list) ? Object.entries(JSON.parse(readFileSync(list, "utf8"))) : [];
}

function copyFonts() {
  mkdirSync(FONTS, { recursive: true });
  for (const [target, source] of fonts()) cpSync(join(PACKAGES, source), join(FONTS, target));
}

function write(assets, inputs) {
  mkdirSync(OUT, { recursive: true });
  const written = new Set(["manifest.json"]);
  for (const { file, data } of assets) {
    writeFileSync(join(OUT, file), data);
    writeFileSync(join(OUT, `${file}.gz`), gzipSync(data, { level: 9 }));
    written.add(file).add(`${file}.gz`);
  }
  const files = Object.fromEntries(assets.map(({ name, file }) => [name, file]));
  writeFileSync(`${MANIFEST}.new`, JSON.stringify({ inputs, files }, null, 1));
  renameSync(`${MANIFEST}.new`, MANIFEST);
  readdirSync(OUT).filter((name) => !written.has(name)).forEach((name) => rmSync(join(OUT, name)));
}

function upToDate(inputs) {
  if (process.argv.includes("--force") || !existsSync(MANIFEST)) return false;
  const manifest = JSON.parse(readFileSync(MANIFEST, "utf8"));
  const outputs = [...Object.values(manifest.files).map((file) => join(OUT, file)), ...fonts().map(([target]) => join(FONTS, target))];
  return manifest.inputs === inputs && outputs.every(existsSync);
}

function report(assets, started) {
  for (const { file, data } of assets) {
    const kilobytes = (gzipSync(data).length / 1024).toFixed(1);
    console.log(`  ${file.padEnd(28)} ${kilobytes.padStart(7)} KB compressed`);
  }
  console.log(`Front end built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

const started = Date.now();
const files = sources();
const inputs = fingerprint(files);
if (upToDate(inputs)) {
  console.log("Front end: nothing changed.");
} else {
  const assets = [...(await scripts()), ...(await styles(files)), icons(files)];
  copyFonts();
  write(assets, inputs);
  report(assets, started);
}
